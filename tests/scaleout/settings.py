# SPDX-License-Identifier: Apache-2.0
"""cinder.conf of the services of a deployment."""

import dataclasses
import pathlib
import sys
import urllib.parse

#: etc/evs-fake of the source tree, which the documentation sends users to.
_SAMPLES = pathlib.Path(__file__).parents[2] / 'etc' / 'evs-fake'

BACKENDS = ('evs-1', 'evs-2')

_COMMON = """\
[DEFAULT]
state_path = {top}
# One file for all: each line has the id of the process.
log_file = {top}/log/evs-fake.log
transport_url = {broker}
auth_strategy = {auth}
api_paste_config = {top}/api-paste.ini
osapi_volume_extension = cinder.api.contrib.standard_extensions
osapi_volume_extension = evs_fake.api.native.extension.register
resource_query_filters_file = {prefix}/etc/cinder/resource_filters.json
project_id_regex = [0-9a-zA-Z_-]+
rootwrap_config = {top}/rootwrap.conf
enabled_backends = {backends}
volume_manager = evs_fake.volume.manager.VolumeManager
# A held operation keeps its thread: more than are held in any test.
executor_thread_pool_size = 64
# What a dead service left is soon noticed...
report_interval = 2
service_down_time = 12
# ... and the scheduler soon knows of what is there.
backend_stats_polling_interval = 5
periodic_fuzzy_delay = 0
# A deletion that is taken up again may be held, and would keep cinder-volume
# from starting.
volume_service_inithost_offload = true
quota_volumes = -1
quota_snapshots = -1
quota_gigabytes = -1
quota_backups = -1
quota_backup_gigabytes = -1
# Cinder's, with less work for zeros.
backup_manager = evs_fake.cloud.backup_manager.BackupManager
backup_driver = evs_fake.cloud.backup.PosixBackupDriver
backup_posix_path = {top}/backups
backup_compression_algorithm = zstd
backup_file_size = 52428800

[backend_defaults]
volume_driver = evs_fake.volume.driver.EVSFakeDriver
max_over_subscription_ratio = 1000
backend_native_threads_pool_size = 256

{sections}
[database]
connection = {database}
max_pool_size = 5
max_overflow = 5
# A database that restarts is away for seconds.
max_retries = -1

[oslo_messaging_rabbit]
# What was sent outlives a restart of the broker.
amqp_durable_queues = true
# No transient queue of a dead process stays for half an hour.
rabbit_transient_queues_ttl = 60

[oslo_concurrency]
lock_path = {top}/lock

[coordination]
backend_url = {redis}?namespace={namespace}

[evs_fake]
# A signature that one cinder-api has seen is known to the others.
signature_store = oslo_cache
signature_reuse_seconds = 10

[cache]
enabled = true
backend = dogpile.cache.redis
redis_server = {redis_server}
# A signature is valid for half an hour.
expiration_time = 1800

{authtoken}"""

#: What the sample has for ``noauth``, and what takes its place: clients that
#: ask for versions without a token are not understood by Cinder's own.
_PASTE = (
    ('cinder.api.middleware.auth:NoAuthMiddleware.factory',
     'evs_fake.api.auth.noauth:filter_factory'),
    ('noauth evs_fake_controlapp', 'noauth_no_project evs_fake_controlapp'),
    ('[filter:noauth]\n',
     '[filter:noauth_no_project]\n'
     'paste.filter_factory = evs_fake.api.auth.unsigned:filter_factory\n'
     'authentication = evs_fake.api.auth.noauth:filter_factory\n'
     'project_in_path = false\n\n'
     '[filter:noauth]\n'))

_BACKEND = """\
[{name}]
volume_backend_name = {name}
evs_fake_pool_dir = {top}/pools/{name}
"""

_HOST = """\
[DEFAULT]
host = {host}
{cluster}"""

_ROOTWRAP = """\
[DEFAULT]
filters_path = {prefix}/etc/cinder/rootwrap.d
exec_dirs = {prefix}/bin,/sbin,/usr/sbin,/bin,/usr/bin
use_syslog = false
"""


@dataclasses.dataclass(frozen=True)
class Settings:
    """What the services of a deployment have in common.

    :ivar top: its directory.
    :ivar broker: RabbitMQ's URL, with the vhost.
    :ivar database: SQLAlchemy's URL.
    :ivar redis: Redis's URL.
    :ivar namespace: of the keys of its locks.
    :ivar prefix: of the virtual environment that has Cinder.
    :ivar auth: Cinder's strategy.
    :ivar authtoken: the section that tells of Keystone.
    """

    top: pathlib.Path
    broker: str
    database: str
    redis: str
    namespace: str
    prefix: pathlib.Path = pathlib.Path(sys.prefix)
    auth: str = 'noauth'
    authtoken: str = ''

    @property
    def path(self) -> pathlib.Path:
        return self.top / 'cinder.conf'

    def write(self) -> None:
        """Write what is common."""
        self.path.write_text(_COMMON.format(
            **dataclasses.asdict(self),
            redis_server=urllib.parse.urlsplit(self.redis).netloc,
            backends=','.join(BACKENDS),
            sections='\n'.join(_BACKEND.format(name=name, top=self.top)
                               for name in BACKENDS)))
        paste = (_SAMPLES / 'api-paste.ini').read_text()
        for theirs, ours in _PASTE:
            if theirs not in paste:
                raise AssertionError('api-paste.ini has no ' + theirs)
            paste = paste.replace(theirs, ours)
        (self.top / 'api-paste.ini').write_text(paste)
        (self.top / 'rootwrap.conf').write_text(
            _ROOTWRAP.format(prefix=self.prefix))

    def write_host(self, host: str, cluster: str | None) -> pathlib.Path:
        """Write what is one host's own; the file.

        :param cluster: of cinder-volume; None is none.
        """
        path = self.top / ('cinder-%s.conf' % host)
        path.write_text(_HOST.format(
            host=host, cluster='cluster = %s\n' % cluster if cluster else ''))
        return path
