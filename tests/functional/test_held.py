# SPDX-License-Identifier: Apache-2.0
"""What is refused while an operation is held, and what goes on beside it."""

import time

from cinderclient import exceptions
from testtools import content

from tests.functional import cloud
from tests.functional import scale
from tests.functional import test_rules

#: More than any pool of threads of stock Cinder has.
HOLDS = scale.full_or(300, 100)


class TestRefusals(test_rules.RulesTestCase):
    """All that a client may ask of a snapshot or volume that is busy."""

    def requests(self, volume, snapshot):
        """Operations by name; each asks, and raises what was answered."""
        volumes, snapshots = self.cinder.volumes, self.cinder.volume_snapshots
        return {
            'volume-delete': lambda: volumes.delete(volume),
            'volume-delete-cascade': lambda: volumes.delete(
                volume, cascade=True),
            'volume-extend': lambda: volumes.extend(volume, 2),
            'volume-reserve': lambda: volumes.reserve(volume),
            'volume-attach': lambda: self.cinder.attachments.create(
                volume.id, {}, volume.id),
            'volume-clone': lambda: volumes.create(
                1, source_volid=volume.id),
            'volume-snapshot': lambda: snapshots.create(volume.id),
            'volume-retype': lambda: volumes.retype(
                volume, '__DEFAULT__', 'on-demand'),
            'volume-backup': lambda: self.cinder.backups.create(volume.id),
            'volume-transfer': lambda: self.cinder.transfers.create(
                volume.id),
            'snapshot-delete': lambda: snapshots.delete(snapshot),
            'snapshot-rollback': lambda: self.ask_rollback(snapshot, volume),
            'snapshot-revert': lambda: volumes.revert_to_snapshot(
                volume, snapshot),
            'snapshot-backup': lambda: self.cinder.backups.create(
                volume.id, snapshot_id=snapshot.id),
            'snapshot-volume': lambda: volumes.create(
                1, snapshot_id=snapshot.id),
        }

    def ask_rollback(self, snapshot, volume):
        response = self.rollback(snapshot, volume)
        if not response.ok:
            raise exceptions.ClientException(
                response.status_code, response.text)

    def check(self, case, rule, refused):
        """Everything that is refused is, and the rest is not asked."""
        before = self.everything()
        requests = self.requests(case.volume, case.snapshot)
        self.assertEqual(set(), refused.keys() - requests.keys())
        for name, words in refused.items():
            error = self.assertRaises(
                exceptions.ClientException, requests[name])
            self.assertIn(error.code, (400, 409), (name, error))
            for word in words.split():
                self.assertIn(word, str(error), name)
        self.assertEqual(before, self.everything())
        self.release(rule)
        case.wait(case.done)

    def everything(self):
        return [{each.id: each.status for each in manager.list()}
                for manager in (self.cinder.volumes,
                                self.cinder.volume_snapshots,
                                self.cinder.backups)]

    def held(self, case_class):
        case = case_class(self)
        rule = self.rule(case.operation, 'hold')
        case.start()
        self.wait_matched(rule)
        case.wait(case.held)
        return case, rule

    #: Whatever needs the snapshot itself, in any status but available.
    SNAPSHOT = {
        'snapshot-delete': 'status', 'snapshot-rollback': 'available',
        'snapshot-revert': 'available', 'snapshot-backup': 'available',
        'snapshot-volume': 'available'}

    def test_rollbacking(self):
        case, rule = self.held(test_rules.SnapshotRollback)
        self.check(case, rule, {
            **self.SNAPSHOT,
            'volume-delete': 'status', 'volume-delete-cascade': 'status',
            'volume-extend': 'status', 'volume-reserve': 'status',
            'volume-attach': 'status', 'volume-clone': 'status',
            'volume-snapshot': 'status', 'volume-retype': 'available',
            'volume-backup': 'status', 'volume-transfer': 'status'})

    def test_backing_up(self):
        case, rule = self.held(test_rules.BackupCreate)
        self.check(case, rule, {
            **self.SNAPSHOT, 'volume-delete': 'snapshots',
            'volume-delete-cascade': 'snapshots'})

    def test_creating(self):
        case, rule = self.held(test_rules.SnapshotCreate)
        self.check(case, rule, {
            **self.SNAPSHOT, 'volume-delete': 'snapshots',
            'volume-delete-cascade': 'snapshots'})

    def test_deleting(self):
        case, rule = self.held(test_rules.SnapshotDelete)
        self.check(case, rule, {**self.SNAPSHOT,
                                'volume-delete': 'snapshots'})


class TestManyHolds(test_rules.RulesTestCase):
    """Hundreds of held operations leave the cloud as quick as it was."""

    def make_cloud(self):
        own = self.useFixture(cloud.CloudFixture(
            '[DEFAULT]\nreport_interval = 1\nservice_down_time = 6\n')).cloud
        own.start()
        return own

    def test_the_rest_goes_on(self):
        self.cinder.quotas.update(
            self.project, snapshots=-1, volumes=-1, gigabytes=-1)
        volume = self.create_volume()
        before = self.measure(volume)
        rule = self.rule('snapshot-create', 'hold', times=HOLDS)
        held = [self.cinder.volume_snapshots.create(volume.id)
                for _number in range(HOLDS)]
        cloud.until(lambda: self.control(
            'GET', '/rules/' + rule, 200)['rule']['matched'] == HOLDS,
            'all to be held')
        beside = self.measure(volume)
        self.wait_for_reports()
        self.assertEqual(
            {'up'}, {each.state for each in self.cinder.services.list()})
        start = time.monotonic()
        self.release(rule)
        self.wait_settled()
        self.addDetail('figures', content.text_content(
            'a volume and a snapshot, made and deleted: %.2f s; beside %d '
            'holds: %.2f s; all released and available: %.2f s' % (
                before, HOLDS, beside, time.monotonic() - start)))
        self.assertEqual(
            {'available'},
            {status for snapshot, status in self.statuses(
                self.cinder.volume_snapshots).items()
             if snapshot in {each.id for each in held}})

    def measure(self, volume):
        """Do something of everything; the seconds that it took."""
        start = time.monotonic()
        made = self.create_volume()
        snapshot = self.create_snapshot(made)
        self.cinder.volume_snapshots.delete(snapshot)
        self.wait_gone(self.cinder.volume_snapshots, snapshot)
        self.cinder.volumes.delete(made)
        self.wait_gone(self.cinder.volumes, made)
        self.assertEqual(volume.id, self.cinder.volumes.list()[0].id)
        return time.monotonic() - start

    def wait_for_reports(self):
        """Until each service has reported once more."""
        def reports():
            return {(each.binary, each.host): each.updated_at
                    for each in self.cinder.services.list()}

        before = reports()
        cloud.until(lambda: all(
            at != before[service] for service, at in reports().items()),
            'a report of each service')
