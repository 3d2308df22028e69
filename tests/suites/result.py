# SPDX-License-Identifier: Apache-2.0
"""What became of the tests of a suite."""

import collections
import dataclasses
import io
import pathlib

import subunit
import testtools

#: Of subunit's, these are no failure.
_FINE = ('success', 'skip', 'xfail')


@dataclasses.dataclass(frozen=True)
class Result:
    """What became of the tests.

    :ivar statuses: ``success``, ``fail``, ``skip``... by test; whatever kept
        a class or a module from starting has a name of its own.
    :ivar reasons: why a test was skipped, by test.
    :ivar report: details of those that failed, and all that was printed.
    """

    statuses: dict[str, str]
    reasons: dict[str, str]
    report: str

    def of_status(self, *statuses: str) -> list[str]:
        return sorted(test for test, status in self.statuses.items()
                      if status in statuses)

    @property
    def failed(self) -> list[str]:
        """Tests that did not end well, and what kept classes from starting.
        """
        return sorted(test for test, status in self.statuses.items()
                      if status not in _FINE)

    @property
    def fine(self) -> bool:
        """Whether there were tests, and none failed."""
        return bool(self.of_status('success')) and not self.failed

    def summary(self, name: str, excluded: pathlib.Path | None = None) -> str:
        """Counts, and why tests were skipped or not even tried.

        :param name: the suite's.
        :param excluded: the list of what was excluded.
        """
        skipped = self.of_status('skip')
        lines = ['%s: %d passed, %d failed, %d skipped' % (
            name, len(self.of_status('success', 'xfail')),
            len(self.failed), len(skipped))]
        lines += ['  failed: ' + test for test in self.failed]
        counted = collections.Counter(self.reasons[test] for test in skipped)
        lines += ['  skipped, %d: %s' % (count, reason)
                  for reason, count in counted.most_common()]
        if excluded is not None:
            lines += ['  excluded: ' + line for line
                      in excluded.read_text().splitlines()
                      if line and not line.startswith('#')]
        return '\n'.join(lines)


def read(stream: bytes, printed: str) -> Result:
    """The result of a run.

    :param stream: subunit, version 2, with or without other output in it.
    :param printed: what else the run printed.
    """
    statuses: dict[str, str] = {}
    reasons: dict[str, str] = {}
    report = [printed]

    def ended(test: dict) -> None:
        if test['status'] == 'exists':
            return
        statuses[test['id']] = test['status']
        if test['status'] == 'skip':
            reason = test['details'].get('reason')
            reasons[test['id']] = (reason.as_text().strip() if reason
                                   else 'no reason given')
        elif test['status'] not in _FINE:
            report.append('%s: %s' % (test['id'], test['status']))
            report.extend(detail.as_text() for name, detail
                          in test['details'].items()
                          if 'traceback' in name or 'reason' in name)

    result = testtools.StreamToDict(ended)
    result.startTestRun()
    subunit.ByteStreamToStreamResult(
        io.BytesIO(stream), non_subunit_name='stdout').run(result)
    result.stopTestRun()
    return Result(statuses, reasons, '\n'.join(report))
