# SPDX-License-Identifier: Apache-2.0
"""Which installed packages are known to be vulnerable, without a network.

``python -m tests.suites.audit DIRECTORY`` reads a clone of the advisories of
https://github.com/pypa/advisory-database, which PyPI and ``tox -e audit``
serve, and lists those that an installed version is affected by. Those that
are known, with the reason why they do not matter here, are no failure.
"""

import argparse
import importlib.metadata
import pathlib
import re
import sys
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import yaml
from packaging import version

#: Why an advisory does not matter.
KNOWN = {
    'PYSEC-2012-19': 'of Keystone in 2012; the advisory knows no release '
                     'that has the correction',
    'PYSEC-2012-20': 'the same',
    'PYSEC-2022-43012': "of setuptools' search for packages, in tools of the "
                        'virtual environment: nothing here uses it',
    'PYSEC-2023-121': "of zstd's command line before 1.5.4; the package has "
                      'the library alone, of 1.5.7',
    'PYSEC-2023-228': 'of pip, when it installs from Mercurial: nothing here '
                      'does',
}

_LEAST = version.Version('0.dev0')


def installed() -> dict[str, str]:
    """Versions of all packages, by normalized name."""
    return {_normalized(each.metadata['Name']): each.version
            for each in importlib.metadata.distributions()}


def affecting(directory: pathlib.Path, versions: Mapping[str, str]
              ) -> Iterator[tuple[str, str]]:
    """Packages, and advisories that they are affected by.

    :param directory: of a clone.
    """
    for name, found in sorted(versions.items()):
        for path in sorted((directory / 'vulns' / name).glob('*.yaml')):
            advisory = yaml.safe_load(path.read_text())
            if not advisory.get('withdrawn') and any(
                    _affects(each, found) for each in advisory['affected']
                    if _normalized(each['package']['name']) == name):
                yield name, advisory['id']


def _normalized(name: str) -> str:
    return re.sub('[-_.]+', '-', name).lower()


def _affects(affected: Mapping[str, Any], found: str) -> bool:
    return found in affected.get('versions', ()) or any(
        _is_in(each['events'], version.Version(found))
        for each in affected.get('ranges', ())
        if each['type'] == 'ECOSYSTEM')


def _is_in(events: Sequence[Mapping[str, str]], found: version.Version
           ) -> bool:
    """As the schema of advisories has it: the last event that applies."""
    is_in = False
    for event in events:
        (kind, text), = event.items()
        at = _LEAST if text == '0' else version.Version(text)
        if kind == 'introduced' and found >= at:
            is_in = True
        elif (kind == 'fixed' and found >= at
              or kind == 'last_affected' and found > at):
            is_in = False
    return is_in


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog='python -m tests.suites.audit', description=__doc__)
    parser.add_argument('directory', type=pathlib.Path,
                        help='the clone')
    directory = parser.parse_args(arguments).directory
    if not (directory / 'vulns').is_dir():
        parser.error('there are no advisories in %s' % directory)
    versions = installed()
    new = 0
    for name, advisory in affecting(directory, versions):
        new += advisory not in KNOWN
        print('%s %s: %s: %s' % (name, versions[name], advisory,
                                 KNOWN.get(advisory, 'NOT KNOWN')))
    print('%d packages; %d affected by what is not known' % (
        len(versions), new))
    return int(bool(new))


if __name__ == '__main__':
    sys.exit(main())
