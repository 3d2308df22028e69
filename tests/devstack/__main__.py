# SPDX-License-Identifier: Apache-2.0
"""Have a devstack with the plugin stacked, unstacked and cleaned.

What runs is devstack's own: its functions in the order of its stack.sh
(``stack.sh`` beside this file), its unstack.sh and clean.sh as they are, by
its user. All of it has a view of this machine's files of its own, in which it
writes into /etc as it likes; the view is gone in the end, and the machine as
it was. That takes root, on a Debian.

No package but sudo and uuidgen's is installed, and nothing is started:
commands that would do so, or would ask Keystone or Cinder, are noted
(``note`` beside this file).
In the directory of results, afterwards: what the plugin made (``stacked``),
``commands.txt``, and ``left.txt``, which has the files that were not there in
the beginning. A trace of ours among them is a failure (``traces.txt``).
"""

import argparse
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
from types import FrameType
from typing import NoReturn

_HERE = pathlib.Path(__file__).parent
_TOP = _HERE.parents[1]

_LOCAL_CONF = """\
[[local|localrc]]
ADMIN_PASSWORD=secret
DATABASE_PASSWORD=secret
RABBIT_PASSWORD=secret
SERVICE_PASSWORD=secret
HOST_IP=192.0.2.1
DEST=/opt/stack
ENABLED_SERVICES=mysql,rabbit,key,c-api,c-sch,c-vol,tempest
enable_plugin evs-fake /opt/sources/evs-fake.git tested
{more}
"""


def _run(*command: str, cwd: pathlib.Path | None = None) -> None:
    subprocess.run(command, check=True, cwd=cwd, stdin=subprocess.DEVNULL)


def _prepare(top: pathlib.Path, devstack: pathlib.Path) -> None:
    """Put what is cloned, and devstack itself, where the view gets it."""
    bare = top / 'sources' / 'evs-fake.git'
    _run('git', 'clone', '--quiet', '--bare', str(_TOP), str(bare))
    _run('git', '--git-dir', str(bare), 'branch', '--force', 'tested', 'HEAD')
    shutil.copytree(devstack, top / 'devstack', symlinks=True)
    shutil.copytree(_HERE, top / 'harness')


def _end(signum: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + signum)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog='python -m tests.devstack',
        description=__doc__.partition('\n\n')[0])
    parser.add_argument('devstack', type=pathlib.Path,
                        help='a checkout of devstack')
    parser.add_argument('results', type=pathlib.Path,
                        help='directory that is made')
    parser.add_argument('--local-conf', metavar='LINE', action='append',
                        default=[], help='of local.conf')
    parsed = parser.parse_args()
    # Unwinding is what ends all.
    signal.signal(signal.SIGTERM, _end)
    parsed.results.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix='evs-fake-devstack-') as name:
        top = pathlib.Path(name)
        _prepare(top, parsed.devstack)
        (top / 'devstack' / 'local.conf').write_text(_LOCAL_CONF.format(
            more='\n'.join(parsed.local_conf)))
        for each in ('layer', 'view'):
            (top / each).mkdir()
        ended = subprocess.run(
            ['unshare', '--mount', '--pid', '--fork', '--kill-child', 'bash',
             str(_HERE / 'view.sh'), str(top), sys.prefix,
             str(parsed.results.absolute())],
            env={'HOME': '/root', 'PATH': '/usr/sbin:/usr/bin:/sbin:/bin'},
            stdin=subprocess.DEVNULL)
    return ended.returncode


if __name__ == '__main__':
    sys.exit(main())
