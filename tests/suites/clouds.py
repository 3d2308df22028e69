# SPDX-License-Identifier: Apache-2.0
"""A cloud with all that the suites look for."""

import contextlib
import os
import pathlib
import tempfile
from collections.abc import Iterator
from collections.abc import Mapping

import openstack
from openstack import config as openstack_config

from tests.functional import cloud
from tests.functional import identity
from tests.functional import target

#: One of the back ends has replicas.
_REPLICATION = """
[evs-1]
replication_device = backend_id:replica,evs_fake_pool_dir:{directory}
"""

#: Both back ends attach as real arrays do.
_TARGETS = """
[evs-1]
evs_fake_attach = target
target_ip_address = 127.0.0.1
target_port = {port}

[evs-2]
evs_fake_attach = target
target_ip_address = 127.0.0.1
target_port = {port}
"""


@contextlib.contextmanager
def started(daemon: target.TargetDaemon | None = None
            ) -> Iterator[cloud.Cloud]:
    """A cloud with Keystone and Glance, in a directory of its own.

    :param daemon: what serves its volumes; None has them attached as files.
    """
    with tempfile.TemporaryDirectory(prefix='evs-fake-suite-') as name:
        top = pathlib.Path(name)
        config = _REPLICATION.format(directory=top / 'replica')
        if daemon is not None:
            config += _TARGETS.format(port=daemon.port)
        running = cloud.Cloud(
            top / 'state', arguments=identity.ARGUMENTS, config=config,
            environment=daemon and daemon.environment)
        if daemon is not None:
            daemon.include(running.state_dir / 'volumes')
        running.start()
        try:
            yield running
        finally:
            running.stop()


@contextlib.contextmanager
def administrator(running: cloud.Cloud
                  ) -> Iterator[openstack.connection.Connection]:
    """openstacksdk, as the cloud's administrator."""
    settings = openstack_config.OpenStackConfig(
        config_files=[str(running.state_dir / 'clouds.yaml')],
        load_envvars=False).get_one('admin')
    with openstack.connection.Connection(config=settings) as connection:
        yield connection


def environment(changed: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a suite's process.

    Nothing in it is of the process that runs this, which may be stestr's or
    have a cloud of its own in mind.
    """
    return {**{name: value for name, value in os.environ.items()
               if not name.startswith(('OS_', 'STESTR_', 'TESTR_'))},
            **(changed or {})}
