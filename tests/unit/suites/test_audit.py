# SPDX-License-Identifier: Apache-2.0
"""Which advisories a version is affected by."""

import contextlib
import io
import pathlib
import textwrap

import fixtures
import testtools

from tests.suites import audit

_ADVISORY = """
id: %s
%s
affected:
- package: {ecosystem: PyPI, name: Some.Thing}
  ranges:
  - type: GIT
    events: [{introduced: "0"}]
  - type: ECOSYSTEM
    events: [%s]
  versions: [%s]
"""


class AuditTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        self.top = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        (self.top / 'vulns/some-thing').mkdir(parents=True)

    def write(self, name, events='', versions='', more=''):
        (self.top / 'vulns/some-thing' / (name + '.yaml')).write_text(
            textwrap.dedent(_ADVISORY % (name, more, events, versions)))

    def found(self, version):
        return [advisory for _package, advisory in audit.affecting(
            self.top, {'some-thing': version, 'other': '1'})]

    def test_ranges(self):
        self.write('fixed', '{introduced: "0"}, {fixed: "2.0"}')
        self.write('last', '{introduced: "1.1"}, {last_affected: "2.0"}')
        self.write('again', '{introduced: "0"}, {fixed: "1.1"}, '
                            '{introduced: "3"}')
        for version, expected in (
                ('1.0', ['again', 'fixed']), ('2.0rc1', ['fixed', 'last']),
                ('2.0', ['last']), ('2.0.1', []), ('3', ['again'])):
            self.assertEqual(expected, self.found(version), version)

    def test_versions(self):
        self.write('some', versions='"1.0", "1.2"')
        self.assertEqual(['some'], self.found('1.2'))
        self.assertEqual([], self.found('1.1'))

    def test_withdrawn(self):
        self.write('some', versions='"1"', more='withdrawn: 2024-01-01')
        self.assertEqual([], self.found('1'))

    def run_it(self):
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            return audit.main([str(self.top)]), printed.getvalue()

    def test_command(self):
        self.useFixture(fixtures.MonkeyPatch(
            'tests.suites.audit.installed', lambda: {'some-thing': '1'}))
        known = next(iter(audit.KNOWN))
        self.write(known, versions='"1"')
        code, printed = self.run_it()
        self.assertEqual(0, code)
        self.assertIn(audit.KNOWN[known], printed)
        self.write('new', versions='"1"')
        code, printed = self.run_it()
        self.assertEqual(1, code)
        self.assertIn('some-thing 1: new: NOT KNOWN', printed)

    def test_installed(self):
        versions = audit.installed()
        self.assertIn('oslo-messaging', versions)
