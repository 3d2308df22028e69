# SPDX-License-Identifier: Apache-2.0
"""Run stock Cinder's API, scheduler and volume services in one process.

This is the baseline of the benchmarks: Cinder's own code on native threads
with its own settings, over oslo.messaging's ``fake://`` transport and an
SQLite file, with the volume driver Cinder's own tests use.  It prints
``stock ready: <url>`` once the API listens and ends with 0 on SIGTERM.
"""

import argparse
import os
import pathlib
import signal
import sys
import threading
from typing import NoReturn

os.environ['OS_CINDER_DISABLE_EVENTLET_PATCHING'] = '1'

from cinder import monkey_patch

monkey_patch.patch()

from cheroot import wsgi as cheroot_wsgi  # noqa: E402
from cinder import service  # noqa: E402
from cinder.db import migration  # noqa: E402
from cinder.wsgi import wsgi as cinder_wsgi  # noqa: E402
from oslo_config import cfg  # noqa: E402

# Only what Cinder cannot run without in a directory of its own, and:
# service_down_time, because services that share a process share
# Service.service_id and so one heartbeat, and the others would read as down
# after a minute.
SETTINGS = """
[DEFAULT]
api_paste_config = {etc}/api-paste.ini
auth_strategy = noauth
enabled_backends = fake
service_down_time = 86400
state_path = {state}
transport_url = fake://
[database]
connection = sqlite:///{state}/cinder.sqlite
[oslo_concurrency]
lock_path = {state}/locks
[fake]
volume_backend_name = fake
volume_driver = cinder.tests.fake_driver.FakeLoggingVolumeDriver
"""


def write_settings(state_dir: pathlib.Path) -> pathlib.Path:
    """Write a cinder.conf into state_dir and return its path."""
    path = state_dir / 'cinder.conf'
    path.write_text(SETTINGS.format(
        state=state_dir, etc=pathlib.Path(sys.prefix, 'etc', 'cinder')))
    return path


def main() -> NoReturn:
    """Serve until SIGTERM or SIGINT, then end the process with 0."""
    parser = argparse.ArgumentParser(
        prog='python -m benchmarks.stock', description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--state-dir', type=pathlib.Path, required=True,
                        help='directory of the database and of all files')
    state_dir = parser.parse_args().state_dir.resolve()
    state_dir.mkdir(parents=True, exist_ok=True)
    # Blocked before the first thread starts, so that sigwait() below is the
    # one place that sees them.
    signals = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)

    # Cinder's WSGI entry point reads its options from the command line.
    sys.argv[1:] = ['--config-file', str(write_settings(state_dir))]
    cfg.CONF(sys.argv[1:], project='cinder')
    migration.db_sync()
    application = cinder_wsgi.initialize_application()
    volume = service.Service.create(
        host=f'{cfg.CONF.host}@fake', service_name='fake',
        binary='cinder-volume', coordination=True)
    volume.start()
    scheduler = service.Service.create(binary='cinder-scheduler')
    # A scheduler sleeps whole seconds until the first report of a back end;
    # in a process of its own that would not hold up the API either.
    threading.Thread(target=scheduler.start, daemon=True).start()

    # Cheroot's own queue of 5 resets connections of 16 clients and more, which
    # would be Cheroot's failure and not Cinder's.
    server = cheroot_wsgi.Server(
        ('127.0.0.1', 0), application, request_queue_size=128)
    server.prepare()
    threading.Thread(target=server.serve, daemon=True).start()
    print(f'stock ready: http://127.0.0.1:{server.bind_addr[1]}', flush=True)
    signal.sigwait(signals)
    server.stop()
    # The messaging servers' threads are no daemons: a normal exit would wait
    # for them.
    os._exit(0)


if __name__ == '__main__':
    main()
