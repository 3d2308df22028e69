# SPDX-License-Identifier: Apache-2.0
"""What the tests begin with."""

import pytest


@pytest.fixture(scope='session')
def disk(evs_fake_cloud):
    """A volume, made once and saved."""
    evs_fake_cloud.reset()
    volume = evs_fake_cloud.cinder().volumes.create(1)
    evs_fake_cloud.wait(volume, 'available')
    evs_fake_cloud.save('with-a-disk')
    return volume.id


@pytest.fixture
def evs_fake(evs_fake_cloud, disk):
    """Instead of the plugin's own, which is empty."""
    evs_fake_cloud.reset('with-a-disk')
    return evs_fake_cloud


@pytest.fixture
def cinder(evs_fake):
    return evs_fake.cinder()


@pytest.fixture
def snapshot(evs_fake, cinder, disk):
    made = cinder.volume_snapshots.create(disk)
    evs_fake.wait(made, 'available')
    return made
