# SPDX-License-Identifier: Apache-2.0
"""What tempest asks of a plugin."""

from __future__ import annotations

import os
from typing import Any

from oslo_config import cfg
from tempest import config
from tempest.test_discover import plugins

from evs_fake.tempest import config as our_config

_SERVICES = 'evs_fake.tempest.services.'


class EVSFakePlugin(plugins.TempestPlugin):
    """Tests, options and clients of clouds that are like EVS."""

    def load_tests(self) -> tuple[str, str]:
        """The directory of the tests, and that of the package."""
        ours = os.path.dirname(os.path.abspath(__file__))
        return (os.path.join(ours, 'tests'),
                os.path.dirname(os.path.dirname(ours)))

    def register_opts(self, conf: cfg.ConfigOpts) -> None:
        config.register_opt_group(
            conf, our_config.GROUP, our_config.OPTIONS)

    def get_opt_lists(self) -> list[tuple[str, list[cfg.Opt]]]:
        return [(our_config.GROUP.name, our_config.OPTIONS)]

    def get_service_clients(self) -> list[dict[str, Any]]:
        # As patient as tempest is with volumes, and through the same proxy.
        volume = config.service_client_config('volume')
        options = config.CONF.evs_fake
        return [
            {**volume, 'name': 'evs_fake_native',
             'service_version': 'evs_fake_native.v3',
             'module_path': _SERVICES + 'native',
             'client_names': ['RevertClient']},
            {**volume, 'name': 'evs_fake_evs',
             'service_version': 'evs_fake_evs.v2',
             'module_path': _SERVICES + 'evs',
             'client_names': ['SnapshotsClient', 'VolumesClient'],
             'service': options.evs_catalog_type,
             'endpoint': options.evs_endpoint},
            {**volume, 'name': 'evs_fake_cbr',
             'service_version': 'evs_fake_cbr.v3',
             'module_path': _SERVICES + 'cbr',
             'client_names': ['BackupsClient', 'CheckpointsClient',
                              'VaultsClient'],
             'service': options.cbr_catalog_type,
             'endpoint': options.cbr_endpoint},
            {**volume, 'name': 'evs_fake_control',
             'service_version': 'evs_fake_control.v1',
             'module_path': _SERVICES + 'control',
             'client_names': ['RulesClient'],
             'endpoint': options.control_endpoint},
        ]
