# SPDX-License-Identifier: Apache-2.0
"""Who there is in a cloud with Keystone. Imports no Keystone."""

import dataclasses
import json
import secrets

from evs_fake.cloud import exception
from evs_fake.cloud import state_dir

REGION = 'RegionOne'
DOMAIN = 'Default'

#: Random bits of a password; so many that nothing is gained by hashing it
#: slowly.
_BYTES = 24


@dataclasses.dataclass(frozen=True)
class User:
    """Has one role in one project."""

    name: str
    project: str
    role: str


ADMIN = User('admin', 'demo', 'admin')

#: For people, and their programs.
USERS = (
    ADMIN,
    User('member', 'demo', 'member'),
    User('reader', 'demo', 'reader'),
    User('alt', 'alt', 'member'),
)

#: For services to validate tokens with.
CINDER = User('cinder', 'service', 'service')
GLANCE = User('glance', 'service', 'service')
SERVICES = (CINDER, GLANCE)


def make_passwords(state: state_dir.StateDir) -> dict[str, str]:
    """Everybody's password, by name; at the first time, new ones."""
    known = {}
    if state.passwords.exists():
        known = read_passwords(state)
    made = {user.name: known.get(user.name) or secrets.token_urlsafe(_BYTES)
            for user in (*USERS, *SERVICES)}
    if made != known:
        state.write(state.passwords, json.dumps(made, indent=2) + '\n')
    return made


def read_passwords(state: state_dir.StateDir) -> dict[str, str]:
    """Everybody's password, by name.

    :raises CloudError: there are none that can be read.
    """
    try:
        found = json.loads(state.passwords.read_text())
        return {user.name: str(found[user.name])
                for user in (*USERS, *SERVICES)}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise exception.CloudError(
            'cannot read the passwords in %s (%s). Remove the file: the '
            'next start gives everybody a new one.' % (
                state.passwords, error)) from error
