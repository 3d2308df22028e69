# SPDX-License-Identifier: Apache-2.0
"""``tempest run`` against a cloud with Keystone."""

import configparser
import contextlib
import dataclasses
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import uuid
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import openstack

from evs_fake.cloud import settings as cloud_settings
from evs_fake.cloud import state_dir
from evs_fake.cloud.identity import accounts
from evs_fake.cloud.image import seed
from tests.functional import cloud
from tests.suites import clouds
from tests.suites import result
from tests.suites import stand_in

_EXCLUDE = pathlib.Path(__file__).parent / 'exclude'

#: Settings of tempest's, by group and option.
Settings = Mapping[str, Mapping[str, str]]


@dataclasses.dataclass(frozen=True)
class Suite:
    """Tests that tempest runs.

    :ivar arguments: of ``tempest run``, by which it finds them.
    :ivar all_services: whether they use more than Keystone and Cinder.
    :ivar own_projects: whether each class of them is to have projects of its
        own, some not being fit for any other; it takes longer.
    :ivar workers: processes that run them.
    :ivar excluded: tests that cannot succeed, a reason a line, as tempest
        and stestr read it.
    """

    arguments: Sequence[str]
    all_services: bool = True
    own_projects: bool = True
    workers: int = 2
    excluded: pathlib.Path | None = None


PLUGIN = Suite(('--regex', r'^evs_fake\.tempest\.'),
               all_services=False, own_projects=False)
VOLUME = Suite(('--regex', r'^tempest\.api\.volume\.'))
#: Of those, what there is time for wherever all tests are run: "smoke", and
#: whatever has to do with snapshots or backups.
PART = Suite(('--regex', r'^tempest\.api\.volume\..*'
                         r'([Ss]napshot|[Bb]ackup|\[.*smoke)'),
             # They mostly wait.
             own_projects=False, workers=4)
CINDER = Suite(('--regex', r'^cinder_tempest_plugin\.(api|scenario)\.'),
               excluded=_EXCLUDE / 'cinder_tempest_plugin')

#: What any cloud of ours is.
_BASE = {
    'DEFAULT': {'log_file': 'tempest.log'},
    'identity': {'auth_version': 'v3', 'region': accounts.REGION},
    'service_available': {
        'cinder': 'true', 'glance': 'false', 'neutron': 'false',
        'nova': 'false', 'swift': 'false'},
    'volume': {'catalog_type': 'block-storage',
               'build_timeout': str(cloud.TIMEOUT)},
    'evs_fake': {'control': 'true'},
}

#: What there is with all services.
_ALL = {
    'service_available': {'glance': 'true', 'neutron': 'true'},
    # Networks would be for servers.
    'auth': {'create_isolated_networks': 'false'},
    'enforce_scope': {'cinder': 'true'},
    'volume': {
        'max_microversion': 'latest',
        'backup_driver': 'posix',
        'backend_names': ','.join(cloud_settings.BACKENDS),
        'vendor_name': 'evs-fake',
        'manage_volume_ref': 'source-name,volume-%s',
        'manage_snapshot_ref': 'source-name,snapshot-%s'},
    'volume-feature-enabled': {
        'multi_backend': 'true', 'manage_snapshot': 'true',
        'manage_volume': 'true', 'extend_attached_volume': 'true',
        # Of cinder-tempest-plugin.
        'volume_revert': 'true', 'consistency_group': 'true',
        'concurrency_tests': 'true', 'replication': 'true'},
    'compute-feature-enabled': {'volume_multiattach': 'true'},
}

_STESTR = """\
[DEFAULT]
test_path = {discover}
top_dir = {top}
group_regex = ([^\\.]*\\.)*
"""


def run(running: cloud.Cloud, directory: pathlib.Path,
        suite: Suite) -> result.Result:
    """Run a suite.

    :param running: a cloud with Keystone, and if it uses all services with
        Glance.
    :param directory: where tempest has its files; an empty one.
    """
    with (contextlib.ExitStack() as made,
          clouds.administrator(running) as connection):
        settings = []
        if suite.all_services:
            settings += [_ALL, _found(connection)]
        if suite.own_projects:
            # Tempest looks for security groups before it removes a project.
            made.enter_context(stand_in.in_catalog(connection, 'network'))
            settings.append(_administrator(running))
        else:
            path = directory / 'accounts.json'
            path.write_text(json.dumps(
                made.enter_context(_accounts(connection.identity, suite))))
            settings.append({'auth': {
                'use_dynamic_credentials': 'false',
                'test_accounts_file': str(path)}})
        return _run(running, directory, suite, *settings)


def _found(connection: openstack.connection.Connection) -> Settings:
    """What the cloud has, and says so itself."""
    image = connection.image.find_image(seed.NAME, ignore_missing=False)
    pool = next(iter(connection.block_storage.backend_pools()))
    return {
        'compute': {'image_ref': image.id, 'image_ref_alt': image.id},
        'volume': {'storage_protocol':
                   pool.capabilities['storage_protocol']}}


def _administrator(running: cloud.Cloud) -> Settings:
    """Who makes the projects."""
    admin = accounts.ADMIN
    password = accounts.read_passwords(
        state_dir.StateDir(running.state_dir))[admin.name]
    return {'auth': {
        'use_dynamic_credentials': 'true',
        'admin_username': admin.name, 'admin_password': password,
        'admin_project_name': admin.project,
        'admin_domain_name': accounts.DOMAIN}}


def _run(running: cloud.Cloud, directory: pathlib.Path, suite: Suite,
         *more: Settings) -> result.Result:
    _write(directory / 'tempest.conf', _BASE, {
        'oslo_concurrency': {'lock_path': str(directory / 'locks')},
        'identity': {'uri_v3': running.endpoint['identity'] + '/v3'}}, *more)
    package = pathlib.Path(importlib.util.find_spec('tempest').origin).parent
    (directory / '.stestr.conf').write_text(_STESTR.format(
        discover=package / 'test_discover', top=package.parent))
    arguments = [*suite.arguments]
    if suite.excluded is not None:
        arguments += ['--exclude-list', str(suite.excluded)]
    ended = subprocess.run(
        [os.path.join(os.path.dirname(sys.executable), 'tempest'), 'run',
         '--config-file', str(directory / 'tempest.conf'), '--subunit',
         '--concurrency', str(suite.workers), *arguments],
        cwd=directory, stdin=subprocess.DEVNULL, capture_output=True,
        env=clouds.environment())
    return result.read(ended.stdout, ended.stderr.decode(errors='replace'))


def _write(path: pathlib.Path, *settings: Settings) -> None:
    parser = configparser.ConfigParser(
        interpolation=None, default_section='')
    for each in settings:
        parser.read_dict(each)
    with path.open('w') as file:
        parser.write(file)


@contextlib.contextmanager
def _accounts(identity: Any, suite: Suite) -> Iterator[list[dict]]:
    """Users for all workers, by the roles that they have in projects.

    A test takes at most an administrator and two others at a time, and of
    Cinder's own a reader in the project of one of them.

    :param identity: openstacksdk's, of an administrator.
    """
    ids = {role.name: role.id for role in identity.roles()}
    # Whoever asks for just another user may get a reader.
    first = ('member', 'reader') if suite.all_services else ('member',)
    with contextlib.ExitStack() as made:
        users = []
        for roles in (first, ('member',), ('admin',)) * suite.workers:
            name = 'tempest-' + uuid.uuid4().hex
            project = identity.create_project(name=name)
            made.callback(identity.delete_project, project)
            for role in roles:
                password = uuid.uuid4().hex
                user = identity.create_user(
                    name='%s-%s' % (name, role), password=password)
                made.callback(identity.delete_user, user)
                identity.assign_project_role_to_user(project, user, ids[role])
                users.append({
                    'username': user.name, 'password': password,
                    'project_name': name, 'domain_name': accounts.DOMAIN,
                    'roles': [role],
                    **({'types': ['admin']} if role == 'admin' else {})})
        yield users
