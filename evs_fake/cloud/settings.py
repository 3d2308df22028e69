# SPDX-License-Identifier: Apache-2.0
"""cinder.conf of the embedded cloud.

A file rather than overrides: the user sees what the cloud runs with, other
tools of Cinder's can read it, and a ``--config-file`` after it wins.
"""

import pathlib

from evs_fake.cloud import sqlite
from evs_fake.cloud import state_dir

#: What the file of policies begins with.
POLICIES = """\
# Policies of this cloud, in the place of the defaults; what is changed here
# counts a second later. For example, nobody makes snapshots:
#"volume:create_snapshot": "!"
"""

BACKENDS = ('evs-1', 'evs-2')
HOST = 'evs-fake'

_HERE = pathlib.Path(__file__).parent

_TEMPLATE = """\
# Written by "evs-fake serve" at every start. What you change here is lost:
# give a file of your own with --config-file.

[DEFAULT]
host = {host}
state_path = {path}
log_file = {log}
use_stderr = false
transport_url = inprocess://
auth_strategy = {auth}
api_paste_config = {paste}
# What lists can be filtered by: as in the file that Cinder's package has for
# /etc, which is not there when pip installed it.
resource_query_filters_file = {filters}
osapi_volume_extension = cinder.api.contrib.standard_extensions
osapi_volume_extension = evs_fake.api.native.extension.register
# Keystone's project ids are hexadecimal, but nobody wants to type them. (A
# repetition in braces is more than Cinder's router can read.)
project_id_regex = [0-9a-zA-Z_-]+
backup_api_class = evs_fake.api.backups.API
volume_api_class = evs_fake.api.volumes.API
volume_manager = evs_fake.cloud.volume_manager.VolumeManager
quota_driver = evs_fake.cloud.quota_driver.QuotaDriver
scheduler_manager = evs_fake.cloud.scheduler.SchedulerManager
enabled_backends = {backends}
# A held operation keeps its thread.
executor_thread_pool_size = 1024
# A deletion that a crash cut short is taken up again at start-up, and would
# keep the cloud from starting while it is held.
volume_service_inithost_offload = true
periodic_fuzzy_delay = 0
# All services are this process: what can ask for them can have them. After a
# laptop's sleep, or a step of its clock, their last reports are old, and
# nothing would be scheduled until the next ones.
service_down_time = 315360000
# Nobody wants to meet a quota before having set one.
quota_volumes = -1
quota_snapshots = -1
quota_gigabytes = -1
quota_backups = -1
quota_backup_gigabytes = -1
backup_manager = evs_fake.cloud.backup_manager.BackupManager
backup_driver = evs_fake.cloud.backup.PosixBackupDriver
backup_posix_path = {backups}
backup_compression_algorithm = zstd
# Cinder reads a chunk into memory as a whole; its default is 2 GB.
backup_file_size = 52428800
{image}
[backend_defaults]
volume_driver = evs_fake.volume.driver.EVSFakeDriver
# Volumes are sparse, and a laptop is small: let 1 TiB ones be made.
max_over_subscription_ratio = 1000
backend_native_threads_pool_size = 1024

{sections}
[database]
connection = {writer}
# The same file through connections of their own: readers do not queue
# behind writers.
slave_connection = {reader}

[evs_fake]
# A client that polls may have to wait for longer than the two seconds of
# data centres, on a machine that is busy with its tests.
signature_reuse_seconds = 10

[oslo_policy]
# Not those in /etc, which are another Cinder's.
policy_file = {policies}
policy_dirs = {policy_directory}

[oslo_concurrency]
lock_path = {path}/lock

[coordination]
backend_url = file://{path}/lock

{authtoken}"""

_IMAGE = 'glance_api_servers = %s\n'

_SECTION = """\
[{backend}]
volume_backend_name = {backend}
evs_fake_pool_dir = {pool}
"""


def render(state: state_dir.StateDir, auth: str = 'noauth',
           image_url: str | None = None, authtoken: str = '') -> str:
    """The text of the cloud's cinder.conf.

    :param auth: Cinder's strategy.
    :param image_url: Glance's; None is none.
    :param authtoken: the section that tells of Keystone.
    """
    return _TEMPLATE.format(
        auth=auth, authtoken=authtoken,
        image=_IMAGE % image_url if image_url else '',
        host=HOST, path=state_dir.escape(state.path),
        log=state_dir.escape(state.log),
        backups=state_dir.escape(state.backups),
        writer=state_dir.escape(sqlite.writer_url(state.database)),
        reader=state_dir.escape(sqlite.reader_url(state.database)),
        policies=state_dir.escape(state.policies),
        policy_directory=state_dir.escape(state.policy_directory),
        paste=state_dir.escape(_HERE / 'api-paste.ini'),
        filters=state_dir.escape(_HERE / 'resource_filters.json'),
        backends=','.join(BACKENDS),
        sections='\n'.join(
            _SECTION.format(backend=backend,
                            pool=state_dir.escape(state.pool(backend)))
            for backend in BACKENDS))
