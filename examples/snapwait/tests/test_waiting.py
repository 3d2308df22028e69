# SPDX-License-Identifier: Apache-2.0
"""Snapshots that are slow, hang and fail."""

import pytest

from snapwait import careful
from snapwait import naive


class WaitsForEver(Exception):
    """Nobody has that much time."""


BOTH = pytest.mark.parametrize('helper', [naive, careful])
#: If the naive one mends its ways, this should be known.
CAREFUL = pytest.mark.parametrize('helper', [
    pytest.param(naive, marks=pytest.mark.xfail(
        raises=WaitsForEver, strict=True)),
    careful])


class Clock:
    """Time that passes only by sleeping, and does not last for ever."""

    def __init__(self):
        self.now = 0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds
        if self.now > 1200:
            raise WaitsForEver()


@pytest.fixture
def clock(monkeypatch):
    for module in naive, careful:
        monkeypatch.setattr(module, 'time', Clock())


@BOTH
def test_slow(evs_fake, cinder, disk, helper):
    evs_fake.delay('snapshot-create', 0.3)
    snapshot = cinder.volume_snapshots.create(disk)
    helper.wait_for_snapshot(cinder, snapshot.id, interval=0.01)
    assert evs_fake.statuses(snapshot) == ['creating', 'available']


@CAREFUL
def test_creation_fails(evs_fake, cinder, disk, helper, clock):
    evs_fake.fail('snapshot-create', message='the array is full')
    snapshot = cinder.volume_snapshots.create(disk)
    evs_fake.wait(snapshot, 'error')
    with pytest.raises(careful.SnapshotFailed, match='is error'):
        helper.wait_for_snapshot(cinder, snapshot.id, interval=60)


@CAREFUL
def test_creation_hangs(evs_fake, cinder, disk, helper, clock):
    with evs_fake.hold('snapshot-create') as hold:
        snapshot = cinder.volume_snapshots.create(disk)
        assert hold.wait() == snapshot.id
        with pytest.raises(TimeoutError, match='is still creating'):
            helper.wait_for_snapshot(cinder, snapshot.id, interval=60)
    # Whoever waits for a second time is lucky.
    evs_fake.wait(snapshot, 'available')
    helper.wait_for_snapshot(cinder, snapshot.id)


@BOTH
def test_slow_deletion(evs_fake, cinder, snapshot, helper):
    evs_fake.delay('snapshot-delete', 0.3)
    cinder.volume_snapshots.delete(snapshot)
    helper.wait_for_deletion(cinder, snapshot.id, interval=0.01)
    assert evs_fake.statuses(snapshot)[-2:] == ['deleting', 'deleted']


@CAREFUL
def test_deletion_fails(evs_fake, cinder, snapshot, helper, clock):
    evs_fake.fail('snapshot-delete', when='after')
    cinder.volume_snapshots.delete(snapshot)
    evs_fake.wait(snapshot, 'error_deleting')
    with pytest.raises(careful.SnapshotFailed, match='is error_deleting'):
        helper.wait_for_deletion(cinder, snapshot.id, interval=60)


@CAREFUL
def test_deletion_hangs(evs_fake, cinder, snapshot, helper, clock):
    with evs_fake.hold('snapshot-delete', resource_id=snapshot) as hold:
        cinder.volume_snapshots.delete(snapshot)
        hold.wait()
        with pytest.raises(TimeoutError):
            helper.wait_for_deletion(cinder, snapshot.id, interval=60)
        hold.release(fail=True, message='the array gave up')
    evs_fake.wait(snapshot, 'error_deleting')
