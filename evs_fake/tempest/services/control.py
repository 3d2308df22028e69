# SPDX-License-Identifier: Apache-2.0
"""evs-fake's control API: it holds and fails what others ask for."""

from typing import Any

from tempest.lib.common import rest_client

from evs_fake.tempest.services import base


class RulesClient(base.Client):
    """Rules; for administrators."""

    prefix = '/evs-fake/v1'
    resource_type = 'rule'

    def create_rule(self, operation: str, action: str, **fields: Any
                    ) -> rest_client.ResponseBody:
        return self.ask('POST', '/rules', 201, {'rule': {
            'operation': operation, 'action': action, **fields}})

    def show_rule(self, rule_id: str) -> rest_client.ResponseBody:
        return self.ask('GET', '/rules/' + rule_id, 200)

    _show = show_rule

    def release_rule(self, rule_id: str, **fields: Any
                     ) -> rest_client.ResponseBody:
        """End a rule; what it holds goes on, or fails with ``fail``."""
        return self.ask('POST', '/rules/%s/release' % rule_id, 200,
                        {'release': fields})

    def delete_rule(self, rule_id: str) -> rest_client.ResponseBody:
        return self.ask('DELETE', '/rules/' + rule_id, 204)
