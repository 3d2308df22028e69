# SPDX-License-Identifier: Apache-2.0
"""A cloud with Keystone and Glance, and its users."""

import atexit
import functools
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from typing import Any

import openstack
from cinderclient import client as cinder_client
from openstack import config as openstack_config
from openstack import connection

from tests.functional import base
from tests.functional import cloud
from tests.functional import commands
from tests.functional import forked

ARGUMENTS = ('--auth', 'keystone', '--identity-port', '0',
             '--image', '--image-port', '0')

#: What is made of an image twice is cloned from a volume of this tenant's.
#: That no secret is in the log means little if little is.
CONFIG = """\
[DEFAULT]
debug = true
cinder_internal_tenant_project_id = internal
cinder_internal_tenant_user_id = internal

[backend_defaults]
image_volume_cache_enabled = true
"""

_shared: cloud.Cloud | None = None


def shared() -> cloud.Cloud:
    """The one of this test process; started where it does not run."""
    global _shared
    if _shared is None:
        top = pathlib.Path(tempfile.mkdtemp(prefix='evs-fake-keystone-'))
        _shared = forked.Cloud(top / 'state', CONFIG, arguments=ARGUMENTS)
        # Before the process that it is forked from ends.
        atexit.register(_end, top)
    if not _shared.running:
        _shared.start()
    return _shared


def _end(top: pathlib.Path) -> None:
    if _shared.running:
        _shared.kill()
    shutil.rmtree(top, ignore_errors=True)


# To log in takes longer than most requests. A cloud that was started again is
# another one.

@functools.cache
def _connect(own: cloud.Cloud, _pid: int, user: str
             ) -> openstack.connection.Connection:
    found = openstack_config.OpenStackConfig(
        config_files=[str(own.state_dir / 'clouds.yaml')],
        load_envvars=False)
    return connection.Connection(config=found.get_one(user))


@functools.cache
def _environment(own: cloud.Cloud, _pid: int, user: str,
                 options: Sequence[str]) -> dict[str, str]:
    printed = subprocess.run(
        ['sh', '-c', 'set -e; settings="$("$@")"; eval "$settings"; '
         'exec env -0', 'sh', sys.executable, '-m',
         'evs_fake.cmd.evs_fake', 'openrc', '--state-dir',
         str(own.state_dir), '--user', user, *options],
        check=True, capture_output=True, text=True).stdout
    found = dict(line.split('=', 1)
                 for line in printed.split('\0') if line)
    found['PATH'] = os.pathsep.join(
        [os.path.dirname(sys.executable), found['PATH']])
    return found


class KeystoneTestCase(base.CloudTestCase):
    """Tests of users, by the names that the cloud's clouds.yaml has."""

    def setUp(self):
        if shutil.which('qemu-img') is None:
            self.skipTest('needs qemu-img, as Cinder does for images')
        super().setUp()
        self.cinder = self.cinder_of('member')

    def make_cloud(self):
        return shared()

    def connect(self, user: str) -> openstack.connection.Connection:
        """openstacksdk, as somebody."""
        return _connect(self.cloud, self.cloud.endpoint['pid'], user)

    def cinder_of(self, user: str) -> Any:
        """python-cinderclient, as somebody."""
        return cinder_client.Client(
            cloud.MICROVERSION, session=self.connect(user).session,
            service_type='block-storage')

    def environment(self, user: str, *options: str) -> dict[str, str]:
        """The environment of a shell that evaluated ``evs-fake openrc``."""
        return _environment(self.cloud, self.cloud.endpoint['pid'], user,
                            options)

    def run_command(self, user: str, *command: str
                    ) -> subprocess.CompletedProcess:
        return commands.run(command, self.environment(user))
