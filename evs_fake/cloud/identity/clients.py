# SPDX-License-Identifier: Apache-2.0
"""How clients of a cloud with Keystone log in."""

import json

from evs_fake.cloud import state_dir
from evs_fake.cloud.identity import accounts

#: Seconds in which the cloud must have answered; a request for history may
#: wait for a while.
_TIMEOUT = 90

_CLOUDS = """\
# Written by "evs-fake serve" at every start; what you change here is lost.
clouds:
"""

_CLOUD = """\
  {name}:
    auth:
      auth_url: {url}
      username: {name}
      password: {password}
      project_name: {project}
      user_domain_name: {domain}
      project_domain_name: {domain}
    region_name: {region}
    identity_api_version: 3
"""


def auth_url(identity: str) -> str:
    """What clients call so, of Keystone's URL."""
    return identity + '/v3'


def environment(identity: str, user: accounts.User,
                password: str) -> dict[str, str]:
    """Variables by which stock clients are a user."""
    return {
        'OS_AUTH_TYPE': 'password',
        'OS_AUTH_URL': auth_url(identity),
        'OS_IDENTITY_API_VERSION': '3',
        'OS_USERNAME': user.name,
        'OS_PASSWORD': password,
        'OS_USER_DOMAIN_NAME': accounts.DOMAIN,
        'OS_PROJECT_NAME': user.project,
        'OS_PROJECT_DOMAIN_NAME': accounts.DOMAIN,
        'OS_REGION_NAME': accounts.REGION,
    }


def write_clouds(state: state_dir.StateDir, identity: str,
                 passwords: dict[str, str]) -> None:
    """Write the clouds.yaml of all users."""
    state.write(state.users_clouds, _CLOUDS + ''.join(
        _CLOUD.format(
            url=json.dumps(auth_url(identity)), name=user.name,
            password=json.dumps(passwords[user.name]), project=user.project,
            domain=accounts.DOMAIN, region=accounts.REGION)
        for user in accounts.USERS))


def session(state: state_dir.StateDir, user: accounts.User):
    """A keystoneauth session of a user of the running cloud.

    :raises CloudError: none runs, or its passwords cannot be read.
    """
    return log_in(state.read_endpoint()['identity'], user,
                  accounts.read_passwords(state)[user.name])


def log_in(identity: str, user: accounts.User, password: str):
    """A keystoneauth session; it logs in at its first request.

    :param identity: Keystone's URL.
    """
    # Here, so that whoever needs none does not wait for it.
    from keystoneauth1 import session as keystone_session
    from keystoneauth1.identity import v3
    return keystone_session.Session(v3.Password(
        auth_url(identity), username=user.name, password=password,
        project_name=user.project, user_domain_name=accounts.DOMAIN,
        project_domain_name=accounts.DOMAIN), timeout=_TIMEOUT)
