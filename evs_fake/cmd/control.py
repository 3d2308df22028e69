# SPDX-License-Identifier: Apache-2.0
"""The control API of the cloud that a command is about."""

import argparse

from evs_fake.api.auth import identity
from evs_fake.clients import connection
from evs_fake.clients import control
from evs_fake.clients import environment
from evs_fake.cloud import exception
from evs_fake.cloud import state_dir
from evs_fake.cloud.identity import accounts
from evs_fake.cloud.identity import clients as login
from evs_fake.cmd import arguments


def connect(parsed: argparse.Namespace) -> control.Control:
    """Find the cloud: that of the state directory, or else the environment's.

    :param parsed: with :func:`arguments.add_cloud`.
    :raises CloudError: if none runs on the directory, and none is named.
    """
    try:
        return of_state_dir(arguments.state(parsed))
    except exception.CloudError:
        if parsed.state_dir is not None or not environment.is_set():
            raise
    return control.Control(environment.connect())


def of_state_dir(state: state_dir.StateDir) -> control.Control:
    """The cloud that runs on a state directory.

    :raises CloudError: if none runs.
    """
    endpoint = state.read_endpoint()
    if endpoint.get('auth') == 'keystone':
        return control.Control(connection.Connection(
            login.session(state, accounts.ADMIN), endpoint['url']))
    return control.Control(environment.with_token(
        endpoint['url'], identity.token(
            identity.DEFAULT_USER, identity.DEFAULT_PROJECT)))
