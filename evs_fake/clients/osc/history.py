# SPDX-License-Identifier: Apache-2.0
"""``openstack evs history``"""

import argparse
import json
from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any

from osc_lib.command import command

from evs_fake.clients import arguments
from evs_fake.clients import control
from evs_fake.clients import heading
from evs_fake.clients import history
from evs_fake.clients.osc import output


class ListHistory(command.Lister):
    """List the statuses that volumes, snapshots and backups had.

    Every status that one was committed with, whoever set it, the oldest
    first: what a client could have seen.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        arguments.add(parser, *history.FILTERS, history.ALL_PROJECTS,
                      history.FOLLOW)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> Any:
        cloud = control.Control(self.app.client_manager.evs_fake)
        asked = history.scoped(parsed_args)
        if parsed_args.follow:
            self._print(
                cloud.follow_history(**asked), parsed_args.formatter,
                [field for field in history.FIELDS
                 if not parsed_args.columns
                 or heading.heading(field) in parsed_args.columns])
        return output.several(cloud.read_history(**asked), history.FIELDS)

    def _print(self, changes: Iterable[dict[str, Any]], form: str,
               fields: Sequence[str]) -> None:
        """Print each as it comes: formatters of cliff wait for the last."""
        for change in changes:
            if form == 'json':
                text = json.dumps({heading.heading(field): change[field]
                                   for field in fields})
            else:
                text = history.line(change, fields)
            print(text, file=self.app.stdout, flush=True)
