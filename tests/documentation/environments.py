# SPDX-License-Identifier: Apache-2.0
"""What the reader of a page has when it begins."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from collections.abc import Mapping

from tests.functional import cloud

TOP = pathlib.Path(__file__).parents[2]

#: Of the caller's variables, those that readers have, too.
_KEPT = ('CI', 'LANG', 'LC_ALL', 'PATH', 'TMPDIR', 'TZ')

#: The ports that pages show may be taken here.
_PRELUDE = '''
evs-fake() {
    if [ "$1" = serve ]; then
        shift
        command evs-fake serve --port 0 --cbr-port 0 "$@"
    else
        command evs-fake "$@"
    fi
}
'''


class Environment:
    """The reader's machine.

    :ivar directory: where terminals begin.
    :ivar variables: of the environment.
    :ivar prelude: what every terminal has run.
    """

    def __init__(self, top: pathlib.Path) -> None:
        """Prepare.

        :param top: an empty directory.
        """
        self.top = top
        self.directory = top / 'work'
        home = top / 'home'
        self.notes = top / 'notes'
        for path in (self.directory, home, self.notes):
            path.mkdir()
        self.variables = {name: os.environ[name] for name in _KEPT
                          if name in os.environ}
        self.variables.update(
            HOME=str(home), PYTHONWARNINGS='ignore', TERM='dumb',
            # As on a machine on which they ran before: the database of a new
            # cloud, and entry points.
            XDG_CACHE_HOME=os.environ.get(
                'XDG_CACHE_HOME', os.path.expanduser('~/.cache')),
            PIP_DISABLE_PIP_VERSION_CHECK='1',
            PATH=os.pathsep.join([os.path.dirname(sys.executable),
                                  self.variables['PATH']]))
        self.prelude = _PRELUDE
        #: Paths of the page -> those that they are here.
        self._paths: dict[str, str] = {}

    def here(self, text: str) -> str:
        """A text of the page, with the paths that it has here."""
        for path, replacement in self._paths.items():
            text = re.sub(r'(?<![\w./])' + re.escape(path), replacement, text)
        return text


class Installed(Environment):
    """evs-fake is installed, and what pip installs goes nowhere else."""

    def __init__(self, top: pathlib.Path) -> None:
        super().__init__(top)
        packages = str(top / 'packages')
        self.variables.update(
            _offline(), PIP_TARGET=packages,
            PYTHONPATH=os.pathsep.join([packages, str(TOP)]))


class Clone(Environment):
    """A clone of the repository, and Python; the network is not there.

    What evs-fake needs is found where this process finds it, rather than
    downloaded again.
    """

    def __init__(self, top: pathlib.Path) -> None:
        super().__init__(top)
        clone = self.directory / 'evs-fake'
        listed = subprocess.run(
            ['git', 'ls-files', '-z'], cwd=TOP, check=True,
            capture_output=True, text=True).stdout
        for name in filter(None, listed.split('\0')):
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            if (TOP / name).exists():
                shutil.copy2(TOP / name, clone / name)
        self.variables.update(
            _offline(), PYTHONPATH=sysconfig.get_path('purelib'))


class RunningCloud(Environment):
    """evs-fake runs, with nothing in it."""

    def __init__(self, top: pathlib.Path) -> None:
        super().__init__(top)
        running = cloud.expendable()
        subprocess.run(
            [sys.executable, '-m', 'evs_fake.cmd.evs_fake', 'reset',
             '--state-dir', str(running.state_dir)], check=True)
        states = top / 'states'
        states.mkdir()
        (states / 'evs-fake').symlink_to(running.state_dir)
        self.variables['XDG_STATE_HOME'] = str(states)


class Cinder(Environment):
    """A Cinder of the reader's own, whose services do not run."""

    CONFIG = '''
[DEFAULT]
state_path = {state}
log_file = {state}/cinder.log
[database]
connection = sqlite:///{state}/cinder.sqlite
[oslo_concurrency]
lock_path = {state}
'''

    def __init__(self, top: pathlib.Path) -> None:
        super().__init__(top)
        for path in ('/etc/cinder', '/var/lib/cinder'):
            here = top / 'root' / path[1:]
            here.mkdir(parents=True)
            self._paths[path] = str(here)
        config = self.here('/etc/cinder/cinder.conf')
        pathlib.Path(config).write_text(self.CONFIG.format(
            state=self.here('/var/lib/cinder')))
        subprocess.run(
            ['cinder-manage', '--config-file', config, 'db', 'sync'],
            env=self.variables, check=True, capture_output=True)


def _offline() -> Mapping[str, str]:
    """Has pip install what is here, without looking for more."""
    return {
        'PIP_NO_INDEX': '1', 'PIP_NO_DEPS': '1', 'PBR_VERSION': '0.0.1',
        # By pip's logic, this is "--no-build-isolation".
        'PIP_NO_BUILD_ISOLATION': '0'}


ENVIRONMENTS: Mapping[str, Callable[[pathlib.Path], Environment]] = {
    'installed': Installed,
    'clone': Clone,
    'cloud': RunningCloud,
    'cinder': Cinder,
}
