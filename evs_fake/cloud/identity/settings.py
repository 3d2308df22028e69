# SPDX-License-Identifier: Apache-2.0
"""keystone.conf of the embedded cloud, and what others need to use it."""

from evs_fake.cloud import sqlite
from evs_fake.cloud import state_dir
from evs_fake.cloud.identity import accounts

_TEMPLATE = """\
# Written by "evs-fake serve" at every start; what you change here is lost.

[DEFAULT]
log_file = {log}
use_stderr = false
transport_url = fake://

[database]
connection = {writer}
slave_connection = {reader}

[cache]
enabled = true
backend = oslo_cache.dict

[token]
provider = fernet
# A session that is left open overnight still works.
expiration = 86400

[fernet_tokens]
key_repository = {token_keys}

[fernet_receipts]
key_repository = {token_keys}

[credential]
key_repository = {credential_keys}

[identity]
# Passwords are random: a slow hash protects nothing.
password_hash_rounds = 4
# Of its hash; above, Keystone warns at every login.
max_password_length = 72
"""

_CLIENT = """\
[keystone_authtoken]
auth_type = password
auth_url = {url}/v3
www_authenticate_uri = {url}/v3
username = {user}
password = {password}
project_name = {project}
user_domain_name = {domain}
project_domain_name = {domain}
region_name = {region}
service_token_roles = service
service_token_roles_required = true
"""


def render(state: state_dir.StateDir) -> str:
    """The text of keystone.conf."""
    return _TEMPLATE.format(
        token_keys=state_dir.escape(state.token_keys),
        credential_keys=state_dir.escape(state.credential_keys),
        log=state_dir.escape(state.identity_log),
        writer=state_dir.escape(sqlite.writer_url(state.identity_database)),
        reader=state_dir.escape(sqlite.reader_url(state.identity_database)))


def authtoken(url: str, user: accounts.User, password: str) -> str:
    """The section by which a service validates tokens.

    :param url: Keystone's.
    :param user: who asks it.
    """
    return _CLIENT.format(
        url=url, user=user.name, password=password, project=user.project,
        domain=accounts.DOMAIN, region=accounts.REGION)
