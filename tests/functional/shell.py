# SPDX-License-Identifier: Apache-2.0
"""Stock commands of OpenStack, run as a user of the cloud runs them."""

import json
import re
from typing import Any

from testtools import content

from tests.functional import base
from tests.functional import commands

#: Lines of the cloud's log that no legitimate command may leave.
_ERROR_OF_SERVER = re.compile(r' returned with HTTP 5\d\d')
_COMPLAINT = re.compile(
    r'^\S+ \S+ \d+ (ERROR|CRITICAL|TRACE) |^Traceback |'
    + _ERROR_OF_SERVER.pattern)


class CommandFailed(Exception):
    """A command ended with another exit code than 0."""

    def __init__(self, code: int, said: str) -> None:
        super().__init__(said)
        self.code = code


class ShellTestCase(base.CloudTestCase):
    """Runs commands in the environment that ``evs-fake openrc`` sets.

    :cvar RUN: how; one test of each command takes the slow way.
    """

    RUN = staticmethod(commands.run)
    #: Has precedence over what openrc sets; None removes a variable.
    ENVIRONMENT: dict[str, str | None] = {}

    #: Whether the test has operations fail, which the log may tell of.
    failures_injected = False

    def setUp(self):
        super().setUp()
        self.environment = self.environment_of(self.project)
        self._log_start = len(self.cloud.log())
        self.addCleanup(self._check_log)

    def environment_of(self, project: str) -> dict[str, str]:
        environment = self.cloud.environment(project)
        for name, value in self.ENVIRONMENT.items():
            if value is None:
                environment.pop(name, None)
            else:
                environment[name] = value
        return environment

    def _check_log(self):
        lines = self.cloud.log()[self._log_start:].splitlines()
        complaint = (_ERROR_OF_SERVER if self.failures_injected
                     else _COMPLAINT)
        self.assertEqual(
            [], [line for line in lines if complaint.search(line)
                 and (self.cloud.is_of_one_test or self.project in line)],
            'complaints in the log of the cloud')

    def run_command(self, *command: str,
                    environment: dict[str, str] | None = None) -> str:
        """Run a command.

        :returns: what it printed.
        :raises CommandFailed: with what it said, if it did not succeed.
        """
        ran = self.RUN(command, environment or self.environment)
        if ran.returncode:
            raise CommandFailed(ran.returncode, '%s: %s%s' % (
                ' '.join(command), ran.stdout, ran.stderr))
        if ran.stderr:
            self.addDetail('stderr of %s' % ' '.join(command),
                           content.text_content(ran.stderr))
        return ran.stdout

    # The command "cinder"

    def run_cinder(self, *arguments: str, **kwargs: Any) -> str:
        return self.run_command('cinder', *arguments, **kwargs)

    def cinder_rows(self, *arguments: str,
                    **kwargs: Any) -> list[dict[str, str]]:
        """Rows of the table that a command prints, by column."""
        return _rows(self.run_cinder(*arguments, **kwargs))

    def cinder_show(self, *arguments: str, **kwargs: Any) -> dict[str, str]:
        """Properties of the resource that a command prints."""
        return {row['Property']: row['Value']
                for row in self.cinder_rows(*arguments, **kwargs)}

    # The command "openstack"

    def run_openstack(self, *arguments: str) -> str:
        return self.run_command('openstack', *arguments)

    def openstack(self, *arguments: str) -> Any:
        """What a command prints as JSON."""
        return json.loads(self.run_openstack(*arguments, '-f', 'json'))


def _rows(table: str) -> list[dict[str, str]]:
    lines = [[cell.strip() for cell in line.strip('|').split('|')]
             for line in table.splitlines() if line.startswith('|')]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]
