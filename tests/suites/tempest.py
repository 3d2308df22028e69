# SPDX-License-Identifier: Apache-2.0
"""``tempest run`` against a cloud with Keystone.

``python -m tests.suites.tempest`` starts one for it. Arguments are those of
``tempest run``; the default is all tests of our plugin.
"""

import contextlib
import dataclasses
import importlib.util
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from collections.abc import Sequence

import openstack
import subunit
import testtools
from openstack import config as openstack_config

from tests.functional import cloud

#: Each worker has at most an administrator and two others at a time.
WORKERS = 2

OURS = ('--regex', r'^evs_fake\.tempest\.')

_ARGUMENTS = ('--auth', 'keystone', '--identity-port', '0')
_DOMAIN = 'Default'

_CONF = """\
[DEFAULT]
log_file = tempest.log

[oslo_concurrency]
lock_path = {directory}/locks

[auth]
use_dynamic_credentials = false
test_accounts_file = {directory}/accounts.json

[identity]
auth_version = v3
uri_v3 = {identity}/v3
region = RegionOne

[service_available]
cinder = true
glance = false
neutron = false
nova = false
swift = false

[volume]
catalog_type = block-storage
build_timeout = {timeout}

[evs_fake]
control = true
"""

_STESTR = """\
[DEFAULT]
test_path = {discover}
top_dir = {top}
group_regex = ([^\\.]*\\.)*
"""


@dataclasses.dataclass(frozen=True)
class Result:
    """What became of the tests.

    :ivar statuses: ``success``, ``fail``, ``skip``... by test.
    :ivar report: details of those that did not succeed, and all that was
        printed.
    """

    statuses: dict[str, str]
    report: str

    def of_status(self, *statuses: str) -> list[str]:
        return sorted(test for test, status in self.statuses.items()
                      if status in statuses)

    @property
    def failed(self) -> list[str]:
        """Tests that did not end well, and what kept classes from starting.
        """
        return sorted(test for test, status in self.statuses.items()
                      if status not in ('success', 'skip'))


def run(running: cloud.Cloud, directory: pathlib.Path,
        arguments: Sequence[str] = OURS) -> Result:
    """Run tempest in a directory of its own.

    :param running: a cloud with Keystone.
    """
    with _accounts(running) as accounts:
        (directory / 'accounts.json').write_text(json.dumps(accounts))
        (directory / 'tempest.conf').write_text(_CONF.format(
            directory=directory, identity=running.endpoint['identity'],
            timeout=cloud.TIMEOUT))
        package = pathlib.Path(
            importlib.util.find_spec('tempest').origin).parent
        (directory / '.stestr.conf').write_text(_STESTR.format(
            discover=package / 'test_discover', top=package.parent))
        ended = subprocess.run(
            [os.path.join(os.path.dirname(sys.executable), 'tempest'), 'run',
             '--config-file', str(directory / 'tempest.conf'), '--subunit',
             '--concurrency', str(WORKERS), *arguments],
            cwd=directory, stdin=subprocess.DEVNULL, capture_output=True,
            env={name: value for name, value in os.environ.items()
                 # Of the process that runs this: it may be stestr's.
                 if not name.startswith(('OS_', 'STESTR_', 'TESTR_'))})
    return _read(ended.stdout, ended.stderr.decode(errors='replace'))


def _read(stream: bytes, printed: str) -> Result:
    statuses: dict[str, str] = {}
    report = [printed]

    def ended(test: dict) -> None:
        if test['status'] == 'exists':
            return
        statuses[test['id']] = test['status']
        if test['status'] != 'success':
            report.append('%s: %s' % (test['id'], test['status']))
            report.extend(detail.as_text() for name, detail
                          in test['details'].items()
                          if 'traceback' in name or 'reason' in name)

    result = testtools.StreamToDict(ended)
    result.startTestRun()
    subunit.ByteStreamToStreamResult(
        io.BytesIO(stream), non_subunit_name='stdout').run(result)
    result.stopTestRun()
    return Result(statuses, '\n'.join(report))


@contextlib.contextmanager
def _accounts(running: cloud.Cloud) -> Iterator[list[dict]]:
    """Users for all workers, each alone in a project.

    Tempest can make them itself, but does so anew for each class of tests.
    """
    settings = openstack_config.OpenStackConfig(
        config_files=[str(running.state_dir / 'clouds.yaml')],
        load_envvars=False).get_one('admin')
    with (openstack.connection.Connection(config=settings) as connection,
          contextlib.ExitStack() as made):
        identity = connection.identity
        ids = {role.name: role.id for role in identity.roles()}
        accounts = []
        for role in ('member', 'member', 'admin') * WORKERS:
            name = 'tempest-' + uuid.uuid4().hex
            password = uuid.uuid4().hex
            project = identity.create_project(name=name)
            made.callback(identity.delete_project, project)
            user = identity.create_user(name=name, password=password)
            made.callback(identity.delete_user, user)
            identity.assign_project_role_to_user(project, user, ids[role])
            accounts.append({
                'username': name, 'password': password, 'project_name': name,
                'domain_name': _DOMAIN, 'roles': [role],
                **({'types': ['admin']} if role == 'admin' else {})})
        yield accounts


def main() -> int:
    """Run, and print what did not succeed, and how many did."""
    with tempfile.TemporaryDirectory(prefix='evs-fake-tempest-') as name:
        top = pathlib.Path(name)
        running = cloud.Cloud(top / 'state', arguments=_ARGUMENTS)
        running.start()
        try:
            result = run(running, top, sys.argv[1:] or OURS)
        finally:
            running.stop()
    print(result.report)
    print('%d succeeded, %d skipped, %d failed' % (
        len(result.of_status('success')), len(result.of_status('skip')),
        len(result.failed)))
    return 1 if result.failed or not result.statuses else 0


if __name__ == '__main__':
    sys.exit(main())
