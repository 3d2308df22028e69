# SPDX-License-Identifier: Apache-2.0
"""The functional tests of OpenStack's clients, from their source archives.

The clients under test are the installed ones; the archives of the same
versions have the tests, and are fetched from PyPI for each run.
"""

import contextlib
import dataclasses
import importlib.metadata
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import uuid
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import openstack
import yaml

from evs_fake.cloud.identity import accounts
from evs_fake.cloud.identity import clients as identity_clients
from evs_fake.cloud.image import seed
from tests.functional import cloud
from tests.suites import clouds
from tests.suites import result
from tests.suites import stand_in

_EXCLUDE = pathlib.Path(__file__).parent / 'exclude'

#: The name that devstack's administrator has a project by.
_PROJECT = 'admin'

#: Commands of this environment.
_COMMANDS = os.path.dirname(sys.executable)

#: Seconds that a download may take.
_DOWNLOAD = 600


@dataclasses.dataclass(frozen=True)
class Suite:
    """Tests in a source archive.

    :ivar distribution: whose archive it is, by its name on PyPI.
    :ivar tests: where they are in the archive.
    :ivar workers: processes that run them; as many as the client's own CI
        has, where it matters.
    :ivar environment: what they take from variables.
    :ivar prepare: makes what devstack has and they rely on.
    :ivar kinds: types of services that have to be in the catalog.
    :ivar excluded: tests that cannot succeed, a reason a line, as stestr
        reads it.
    :ivar arguments: of ``stestr run``, by which it finds some of the tests.
    """

    distribution: str
    tests: str
    workers: int
    environment: Mapping[str, str]
    prepare: Callable[[openstack.connection.Connection, str], None]
    kinds: tuple[str, ...] = ()
    excluded: pathlib.Path | None = None
    arguments: Sequence[str] = ()


def _nothing(_connection: openstack.connection.Connection,
             _project: str) -> None:
    pass


def _limit_gigabytes(connection: openstack.connection.Connection,
                     project: str) -> None:
    """Have the quota be Cinder's default, which the cloud does away with."""
    connection.block_storage.update_quota_set(project, gigabytes=1000)


def _name_default_type(connection: openstack.connection.Connection,
                       project: str) -> None:
    """Have the default type be named as devstack's LVM back end's."""
    made = connection.block_storage.create_type(name='lvmdriver-1')
    connection.block_storage.set_default_type(project, made)


CINDER = Suite(
    'python-cinderclient', 'cinderclient/tests/functional', 2,
    {'OS_VOLUME_API_VERSION': '3', 'OS_CINDERCLIENT_EXEC_DIR': _COMMANDS,
     # The tests have timeouts of their own, as the client's tox.ini says.
     'OS_TEST_TIMEOUT': '0'},
    _limit_gigabytes)
OPENSTACK = Suite(
    'python-openstackclient', 'openstackclient/tests/functional/volume/v3',
    2, {}, _name_default_type)
SDK = Suite(
    'openstacksdk', 'openstack/tests/functional/block_storage/v3', 1,
    {'OS_TEST_TIMEOUT': '600', 'OPENSTACKSDK_IMAGE': seed.NAME},
    _nothing, ('object-store',), _EXCLUDE / 'openstacksdk')


def run(running: cloud.Cloud, directory: pathlib.Path,
        suite: Suite) -> result.Result:
    """Run the tests of a client.

    :param running: a cloud with Keystone and Glance.
    :param directory: where the archive is unpacked; an empty one.
    """
    top = _unpack(suite.distribution, directory)
    with contextlib.ExitStack() as made:
        connection = made.enter_context(clouds.administrator(running))
        made.enter_context(stand_in.in_catalog(connection, *suite.kinds))
        user = made.enter_context(_administrator(running, connection))
        # The tests of the openstack command find it nowhere else.
        (top / 'clouds.yaml').write_text(json.dumps(
            {'clouds': _devstack(running, user)}))
        with openstack.connection.Connection(
                **_devstack(running, user)['devstack-admin'],
                block_storage_api_version='3',
                block_storage_default_microversion='3.67') as own:
            suite.prepare(own, own.current_project_id)
        command = [
            os.path.join(_COMMANDS, 'stestr'),
            '--test-path', os.path.join('.', suite.tests), '--top-dir', '.',
            'run', '--subunit', '--concurrency', str(suite.workers)]
        if suite.excluded is not None:
            command += ['--exclude-list', str(suite.excluded)]
        command += suite.arguments
        ended = subprocess.run(
            command, cwd=top, stdin=subprocess.DEVNULL, capture_output=True,
            env=clouds.environment({
                **user, **suite.environment,
                'PATH': os.pathsep.join([_COMMANDS, os.environ['PATH']])}))
    return result.read(ended.stdout, ended.stderr.decode(errors='replace'))


def _unpack(distribution: str, directory: pathlib.Path) -> pathlib.Path:
    """Fetch the source archive of what is installed; its directory."""
    subprocess.run(
        [sys.executable, '-m', 'pip', 'download', '--quiet',
         '--disable-pip-version-check', '--no-deps',
         '--no-binary', distribution, '--dest', str(directory),
         '%s==%s' % (distribution, importlib.metadata.version(distribution))],
        check=True, timeout=_DOWNLOAD)
    archive, = directory.glob('*.tar.gz')
    with tarfile.open(archive) as opened:
        opened.extractall(directory, filter='data')
    top, = (path for path in directory.iterdir() if path.is_dir())
    return top


@contextlib.contextmanager
def _administrator(running: cloud.Cloud,
                   connection: openstack.connection.Connection
                   ) -> Iterator[dict[str, str]]:
    """An administrator as devstack's; the variables by which one is it.

    The cloud's own may have a password that no command line takes.
    """
    identity = connection.identity
    role = identity.find_role(accounts.ADMIN.role, ignore_missing=False)
    password = uuid.uuid4().hex
    with contextlib.ExitStack() as made:
        project = identity.create_project(name=_PROJECT)
        made.callback(identity.delete_project, project)
        user = identity.create_user(name='suite', password=password)
        made.callback(identity.delete_user, user)
        identity.assign_project_role_to_user(project, user, role)
        identity.assign_system_role_to_user(user, role, 'all')
        yield identity_clients.environment(
            running.endpoint['identity'],
            accounts.User(user.name, _PROJECT, role.name), password)


def _devstack(running: cloud.Cloud,
              user: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The clouds of a clouds.yaml, by the names that devstack gives them.

    :param user: the administrator's variables.
    """
    own = yaml.safe_load(
        (running.state_dir / 'clouds.yaml').read_text())['clouds']
    domain = own['admin']['auth']['user_domain_name']
    who = {'auth_url': user['OS_AUTH_URL'], 'username': user['OS_USERNAME'],
           'password': user['OS_PASSWORD'], 'user_domain_name': domain}
    return {
        'devstack': own['member'],
        'devstack-alt': own['alt'],
        'devstack-admin': {**own['admin'], 'auth': {
            **who, 'project_name': _PROJECT,
            'project_domain_name': domain}},
        'devstack-system-admin': {**own['admin'], 'auth': {
            **who, 'system_scope': 'all'}},
    }
