# SPDX-License-Identifier: Apache-2.0
"""The cloud that a shell's environment tells of."""

from __future__ import annotations

import argparse
import os

from evs_fake.clients import connection

#: Seconds in which a cloud must have answered; a request for history may
#: wait for a while.
TIMEOUT = 90


def is_set() -> bool:
    """Whether the environment tells of a cloud."""
    return _is_noauth() or bool(os.environ.get('OS_AUTH_URL'))


def connect() -> connection.Connection:
    """Connect as python-cinderclient would.

    Without Keystone by the variables that ``evs-fake openrc`` prints, else by
    those of an OpenStack cloud (``OS_AUTH_URL`` and so on).

    :raises ClientError: if the catalog has no block storage.
    """
    if _is_noauth():
        return with_token(
            os.environ['CINDER_ENDPOINT'],
            '%s:%s' % (os.environ.get('CINDER_USER_ID') or 'admin',
                       os.environ.get('CINDER_PROJECT_ID') or 'demo'))
    # Here, as commands that are about a state directory do without.
    from keystoneauth1 import exceptions
    from keystoneauth1 import loading

    from evs_fake.clients import exception
    parser = argparse.ArgumentParser()
    loading.register_session_argparse_arguments(parser)
    loading.register_auth_argparse_arguments(parser, [], default='password')
    parsed = parser.parse_args(['--timeout', str(TIMEOUT)])
    try:
        session = loading.load_session_from_argparse_arguments(
            parsed, auth=loading.load_auth_from_argparse_arguments(parsed))
        endpoint = session.get_endpoint(
            service_type='block-storage',
            interface=os.environ.get('OS_INTERFACE') or 'public',
            region_name=os.environ.get('OS_REGION_NAME') or None)
    except exceptions.ClientException as error:
        raise exception.ClientError(
            'cannot log in with the OS_... environment: %s' % (
                str(error).splitlines()[0])) from error
    return connection.Connection(session, endpoint)


def with_token(endpoint: str, token: str) -> connection.Connection:
    """Connect to a cloud without Keystone."""
    from keystoneauth1 import session
    from keystoneauth1 import token_endpoint
    return connection.Connection(
        session.Session(token_endpoint.Token(endpoint, token),
                        timeout=TIMEOUT), endpoint)


def _is_noauth() -> bool:
    return 'noauth' in (os.environ.get('OS_AUTH_SYSTEM'),
                        os.environ.get('OS_AUTH_TYPE')) and bool(
        os.environ.get('CINDER_ENDPOINT'))
