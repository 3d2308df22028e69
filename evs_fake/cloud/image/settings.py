# SPDX-License-Identifier: Apache-2.0
"""glance-api.conf of the embedded cloud."""

import pathlib

from evs_fake.cloud import sqlite
from evs_fake.cloud import state_dir

_PASTE = pathlib.Path(__file__).parent / 'glance-api-paste.ini'

_TEMPLATE = """\
# Written by "evs-fake serve" at every start; what you change here is lost.

[DEFAULT]
log_file = {log}
use_stderr = false
transport_url = fake://
enabled_backends = files:file
# Without brackets, this option is read as another type.
enabled_import_methods = [glance-direct]
worker_self_reference_url = {url}
image_cache_dir = {path}/cache

[database]
connection = {writer}
slave_connection = {reader}

[glance_store]
default_backend = files

[files]
filesystem_store_datadir = {path}/store

[os_glance_staging_store]
filesystem_store_datadir = {path}/staging

[os_glance_tasks_store]
filesystem_store_datadir = {path}/tasks

[oslo_concurrency]
lock_path = {path}/lock

[paste_deploy]
config_file = {paste}
flavor = {flavor}

{authtoken}"""


def render(state: state_dir.StateDir, url: str, authtoken: str) -> str:
    """The text of glance-api.conf.

    :param url: Glance's own.
    :param authtoken: the section that tells of Keystone; empty without.
    """
    return _TEMPLATE.format(
        path=state_dir.escape(state.image), url=url,
        log=state_dir.escape(state.image_log),
        writer=state_dir.escape(sqlite.writer_url(state.image_database)),
        reader=state_dir.escape(sqlite.reader_url(state.image_database)),
        paste=state_dir.escape(_PASTE),
        flavor='keystone' if authtoken else '', authtoken=authtoken)
