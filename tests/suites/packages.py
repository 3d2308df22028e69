# SPDX-License-Identifier: Apache-2.0
"""The sdist and the wheel: built, installed and run, as users get them.

``python -m tests.suites.packages`` installs each with all that it requires,
in a virtual environment of its own, where there is no git, and runs ``pip
check`` and the demo. ``tests/functional/test_packages.py`` does what of this
takes no network.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from collections.abc import Sequence

_TOP = pathlib.Path(__file__).parents[2]

_OFFLINE = ('--quiet', '--disable-pip-version-check', '--no-index',
            '--no-deps')

_SDIST = ('import sys; from pbr import build; '
          'print(build.build_sdist(*sys.argv[1:]))')


def _run(command: Sequence[str], cwd: pathlib.Path | None = None,
         environment: Mapping[str, str] | None = None) -> str:
    ran = subprocess.run(
        command, cwd=cwd, env={**os.environ, **(environment or {})},
        capture_output=True, text=True)
    if ran.returncode:
        raise AssertionError('%s: %s%s' % (
            ' '.join(command), ran.stdout, ran.stderr))
    return ran.stdout


def without_git(directory: pathlib.Path) -> dict[str, str]:
    """What the environment differs in where there is no git.

    :param directory: for what stands in its place.
    """
    absent = directory / 'without-git'
    absent.mkdir(exist_ok=True)
    git = absent / 'git'
    git.write_text('#!/bin/sh\necho git: not found >&2\nexit 127\n')
    git.chmod(0o755)
    return {'PATH': os.pathsep.join([str(absent), os.environ['PATH']])}


def tracked(top: pathlib.Path = _TOP) -> set[str]:
    """What git knows of."""
    return set(_run(['git', 'ls-files', '-z'], top).split('\0')) - {''}


def make_sdist(directory: pathlib.Path) -> pathlib.Path:
    """Make the sdist of what is committed."""
    clone = directory / 'clone'
    _run(['git', 'clone', '--quiet', str(_TOP), str(clone)])
    name = _run([sys.executable, '-c', _SDIST, str(directory)], clone)
    return directory / name.split()[-1]


def make_wheel(sdist: pathlib.Path, directory: pathlib.Path) -> pathlib.Path:
    """Make the wheel from an sdist, without git."""
    shutil.unpack_archive(sdist, directory / 'source')
    source, = (directory / 'source').iterdir()
    _run([sys.executable, '-m', 'pip', 'wheel', *_OFFLINE,
          '--no-build-isolation', '--wheel-dir', str(directory),
          str(source)], directory, without_git(directory))
    wheel, = directory.glob('*.whl')
    return wheel


def contents(wheel: pathlib.Path) -> set[str]:
    """Names of what the wheel installs of ours."""
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist()
                if not name.partition('/')[0].endswith('.dist-info')}


def install_alone(package: pathlib.Path, directory: pathlib.Path) -> None:
    """Install a wheel into a directory, and nothing that it requires."""
    _run([sys.executable, '-m', 'pip', 'install', *_OFFLINE,
          '--target', str(directory), str(package)], directory.parent,
         without_git(directory.parent))


def main() -> int:
    with tempfile.TemporaryDirectory(prefix='evs-fake-') as top:
        directory = pathlib.Path(top)
        environment = without_git(directory)
        sdist = make_sdist(directory)
        for package in (sdist, make_wheel(sdist, directory)):
            venv = directory / (package.name + '-venv')
            _run([sys.executable, '-m', 'venv', str(venv)])
            python = str(venv / 'bin' / 'python')
            _run([python, '-m', 'pip', 'install', '--quiet', str(package)],
                 directory, environment)
            print(package.name, _run([python, '-m', 'pip', 'check'],
                                     directory, environment).strip())
            print(_run([str(venv / 'bin' / 'evs-fake'), 'demo'], directory,
                       environment).splitlines()[-1])
    return 0


if __name__ == '__main__':
    sys.exit(main())
