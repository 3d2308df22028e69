# SPDX-License-Identifier: Apache-2.0
"""The functional tests, unchanged, on a deployment."""

import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from tests.functional import deployed

_ROOT = pathlib.Path(__file__).parents[2]

_PROCESS = 'starts, stops or kills an embedded cloud of its own'
_RESET = 'exchanges all of a cloud, which only the embedded one can'
_KEYSTONE = 'starts an embedded cloud with Keystone or Glance'

#: Which are left out, and why.
LEFT_OUT = {
    r'\.test_(restart|serve|concurrency|heartbeats)\.': _PROCESS,
    r'\.test_(limits|replication|upgrade)\.': _PROCESS,
    r'\.test_documented_commands\.': _PROCESS,
    r'\.test_(bytes|client_token|recycle_bin)\.TestRestart\.': _PROCESS,
    r'\.test_cbr\.TestCrash\.': _PROCESS,
    r'\.test_held\.TestManyHolds\.': _PROCESS,
    r'\.test_history\.TestKill\.': _PROCESS,
    r'\.test_seeds\.': _PROCESS,
    r'\.test_system_snapshot\.TestCrash\.': _PROCESS,
    r'\.test_testing\.': _PROCESS,
    r'\.test_iscsi\.': _PROCESS,
    r'\.test_violence\.': _PROCESS,
    r'\.test_visitors\.': 'a laptop\'s cloud refuses foreign web pages; '
                           'of others, Keystone takes care',
    r'\.test_policies\.': 'writes into the embedded cloud\'s state directory',
    r'\.test_reset(_commands)?\.': _RESET,
    r'\.test_(keystone|tempest)\.': _KEYSTONE,
    r'\.test_bad_input\.TestEVS\.test_paths':
        'uwsgi takes an escaped slash for one that ends an id',
    r'\.test_native_requests\.':
        'Cinder answers 500 to a request that lacks its body, and to filters '
        'that no column can be compared with; the embedded cloud mends that',
    r'\.test_openstacksdk\.TestSDK\.test_attachment':
        'Cinder asks Nova before it deletes an attachment; there is none',
    r'\.test_isolation(_cinder)?\.':
        'looks into SQLite\'s own tables, and finds repaired what stock '
        'Cinder does wrong (messages of other projects)',
}

#: The same, on MariaDB and MySQL.
LEFT_OUT_ON_MYSQL = {
    r'\.test_evs\.TestSnapshots\.test_lists':
        'Cinder\'s own times are in whole seconds there, and lists of what '
        'was made in one second in any order',
}

#: Which may make any rule: others' operations would obey them.
_ALONE = r'\.test_(bad_input|openapi)\.'

_STESTR = """\
[DEFAULT]
test_path = {root}/tests/functional
top_dir = {root}
"""


@dataclasses.dataclass(frozen=True)
class Selection:
    """Tests, by whether they run beside others."""

    together: list[str]
    alone: list[str]


class Suites:
    """Runs them in a directory of its own.

    :param cloud: the deployment's directory.
    :param only: regular expression of those that run at all.
    """

    def __init__(self, cloud: pathlib.Path, only: str = '') -> None:
        self._only = only
        database = json.loads(
            (cloud / 'endpoint.json').read_text())['database']
        self._left_out = LEFT_OUT | (
            LEFT_OUT_ON_MYSQL if database.startswith('mysql') else {})
        self._environment = {
            **os.environ, deployed.VARIABLE: str(cloud),
            'PYTHONWARNINGS': 'ignore'}

    def run(self) -> bool:
        """Whether all passed that were selected; prints stestr's own words.
        """
        with tempfile.TemporaryDirectory(prefix='evs-fake-suites-') as name:
            top = pathlib.Path(name)
            (top / '.stestr.conf').write_text(_STESTR.format(root=_ROOT))
            subprocess.run(self._command('init'), cwd=top, check=True)
            selection = self._select(top)
            passed = [
                self._run(top, tests, workers) for tests, workers in (
                    (selection.together, 2), (selection.alone, 1))
                if tests]
        return bool(passed) and all(passed)

    def _select(self, top: pathlib.Path) -> Selection:
        listed = subprocess.run(
            self._command('list', self._only), cwd=top, check=True,
            env=self._environment, stdout=subprocess.PIPE,
            text=True).stdout.split()
        for pattern, reason in self._left_out.items():
            found = [test for test in listed if re.search(pattern, test)]
            if not found and not self._only:
                raise AssertionError('no test is like ' + pattern)
            listed = [test for test in listed if test not in found]
            if found:
                print('%d left out: %s (%s)' % (
                    len(found), pattern, reason), flush=True)
        alone = [test for test in listed if re.search(_ALONE, test)]
        return Selection([test for test in listed if test not in alone],
                         alone)

    def _run(self, top: pathlib.Path, tests: list[str], workers: int) -> bool:
        listed = top / 'tests'
        listed.write_text('\n'.join(tests))
        return subprocess.run(
            self._command('run', '--load-list', str(listed),
                          '--concurrency', str(workers)),
            cwd=top, env=self._environment).returncode == 0

    @staticmethod
    def _command(*arguments: str) -> list[str]:
        return [sys.executable, '-m', 'stestr',
                *(each for each in arguments if each)]
