# SPDX-License-Identifier: Apache-2.0
"""Rollbacks under Cinder's manager: statuses, bytes and the log."""

import logging
from unittest import mock

from evs_fake import exception
from evs_fake.volume import manager_log
from tests.unit.volume import base


class RollbackTest(base.ManagerTestCase):

    def setUp(self):
        super().setUp()
        self.volume = self.create_volume()
        self.write(self.volume, base.OLD)
        self.older = self.create_snapshot(self.volume)
        self.write(self.volume, base.NEW)
        self.newest = self.create_snapshot(self.volume)
        self.write(self.volume, b'\xff' * len(base.OLD))

    def assert_after(self, snapshot, volume_status, data):
        self.assertEqual((volume_status, 'available'),
                         (self.volume.status, snapshot.status))
        self.assertEqual(data, self.read(self.volume))

    def test_to_newest(self):
        self.rollback(self.volume, self.newest)
        self.assert_after(self.newest, 'available', base.NEW)

    def test_to_older(self):
        self.rollback(self.volume, self.older)
        self.assert_after(self.older, 'available', base.OLD)
        self.rollback(self.volume, self.newest)
        self.assert_after(self.newest, 'available', base.NEW)

    def test_extended_volume_keeps_its_size(self):
        self.engine.extend_volume(self.volume.id, 2)
        self.rollback(self.volume, self.older)
        self.assert_after(self.older, 'available', base.OLD)
        self.assertEqual(2 << 30, self.engine.volume_size(self.volume.id))

    def test_no_safety_snapshot_is_left(self):
        self.rollback(self.volume, self.older)
        self.assertEqual({self.older.id, self.newest.id},
                         self.engine.snapshot_ids())

    def assert_fails(self, error):
        before = self.read(self.volume)
        self.assertRaises(error, self.rollback, self.volume, self.older)
        self.assert_after(self.older, 'error_rollbacking', before)
        self.assertIn('Rollback of volume %s to snapshot %s failed: ' % (
            self.volume.id, self.older.id), self.log.output)

    def test_cinder_cannot_log_a_failure(self):
        """Fails when Cinder can: then manager_log can go."""
        logger = logging.getLogger('cinder.volume.manager')
        self.assertIn(manager_log._FILTER, logger.filters)
        logger.removeFilter(manager_log._FILTER)
        self.engine.delete_snapshot(self.older.id)
        error = self.assertRaises(
            KeyError, self.rollback, self.volume, self.older)
        self.assertEqual(('v_id',), error.args)

    def test_other_records_of_the_manager_pass(self):
        before = self.log.output
        logger = logging.getLogger('cinder.volume.manager')
        logger.error('Volume %(v_id)s revert to snapshot %(s_id)s',
                     {'v_id': 'v', 's_id': 's'})
        logger.error('Volume %(id)s', {'id': 'i'})
        logger.error('Volume %s', 'v')
        logger.error('50 %')
        self.assertEqual(
            ['Volume v revert to snapshot s', 'Volume i', 'Volume v', '50 %'],
            self.log.output.removeprefix(before).splitlines())

    def test_injected_failure(self):
        self.older.metadata = {'evs_fake:snapshot-rollback': 'fail:because'}
        self.older.save()
        self.assert_fails(exception.InjectedFailure)

    def test_storage_failure(self):
        self.engine.delete_snapshot(self.older.id)
        self.assert_fails(exception.StorageObjectNotFound)

    def test_failure_that_cinder_takes_for_a_missing_feature(self):
        for error in (AttributeError('x'), NotImplementedError('x')):
            with mock.patch.object(self.engine, 'rollback',
                                   side_effect=error):
                self.assert_fails(exception.StorageError)

    def test_snapshot_of_another_volume(self):
        other = self.create_volume()
        self.older.volume_id = other.id
        self.assert_fails(exception.StorageError)

    def test_succeeds_after_a_failure(self):
        self.test_injected_failure()
        self.older.metadata = {}
        self.older.save()
        self.rollback(self.volume, self.older)
        self.assert_after(self.older, 'available', base.OLD)
