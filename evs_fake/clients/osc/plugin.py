# SPDX-License-Identifier: Apache-2.0
"""What python-openstackclient asks of a plugin."""

import argparse
from typing import Any

from osc_lib import utils

from evs_fake.clients import connection

DEFAULT_API_VERSION = '1'
#: Of the control API.
API_VERSIONS = ('1',)
API_VERSION_OPTION = 'os_evs_fake_api_version'
#: The commands are those of "openstack.evs_fake.v1".
API_NAME = 'evs_fake'

#: In clouds.yaml, the key is ``evs_fake_endpoint_override``.
_SERVICE_TYPE = 'evs-fake'


def make_client(instance: Any) -> connection.Connection:
    """The cloud that the ``openstack`` command was pointed at."""
    config = instance.sdk_connection.config
    return connection.Connection(
        instance.session, config.get_session_endpoint('block-storage'),
        override=config.get_endpoint(_SERVICE_TYPE))


def build_option_parser(
        parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Add the plugin's global options."""
    parser.add_argument(
        '--os-evs-fake-api-version', metavar='<evs-fake-api-version>',
        default=utils.env('OS_EVS_FAKE_API_VERSION'),
        help='evs-fake API version, default=%s (Env: '
             'OS_EVS_FAKE_API_VERSION)' % DEFAULT_API_VERSION)
    parser.add_argument(
        '--os-evs-fake-endpoint-override',
        metavar='<evs-fake-endpoint-override>',
        default=utils.env('OS_EVS_FAKE_ENDPOINT_OVERRIDE'),
        help='URL of evs-fake, where it is not beside the block storage '
             'endpoint (Env: OS_EVS_FAKE_ENDPOINT_OVERRIDE)')
    return parser
