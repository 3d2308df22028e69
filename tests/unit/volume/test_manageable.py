# SPDX-License-Identifier: Apache-2.0
"""Volumes and snapshots that come and go with their bytes."""

import json
import os
import uuid
from unittest import mock

from cinder import exception as cinder_exception
from cinder import objects
from cinder.volume import rpcapi

from evs_fake import exception
from tests.unit import database
from tests.unit.volume import base

GIB = 1 << 30


class ManageableTestCase(base.ManagerTestCase):

    def put(self, name, size=GIB, kind='volumes'):
        path = os.path.join(self.engine.pool_dir, 'unmanaged-' + kind, name)
        with open(path, 'wb') as made:
            made.write(base.OLD)
            made.truncate(size)

    def manage(self, reference, **kwargs):
        volume = database.create_volume('managing', host=base.POOL, size=0,
                                        **kwargs)
        try:
            self.manager.manage_existing(self.context, volume, reference)
        finally:
            volume.refresh()
            self.volume = volume
        return volume

    def manage_snapshot(self, volume, reference, **kwargs):
        snapshot = database.create_snapshot(volume, 'creating', **kwargs)
        try:
            self.manager.manage_existing_snapshot(
                self.context, snapshot, reference)
        finally:
            snapshot.refresh()
            self.snapshot = snapshot
        return snapshot

    def listed(self, kind='volumes', **asked):
        return getattr(self.manager, 'get_manageable_' + kind)(
            self.admin, **{'marker': None, 'limit': 1000, 'offset': 0,
                             'sort_keys': ['reference'],
                             'sort_dirs': ['asc'], **asked})

    def offered(self, kind='volumes'):
        """Sizes by name."""
        return {entry['reference']['source-name']: entry['size']
                for entry in self.listed(kind) if entry['safe_to_manage']}


class VolumeTest(ManageableTestCase):

    def test_manage(self):
        self.put('disk.img', 2 * GIB)
        volume = self.manage({'source-name': 'disk.img'})
        self.assertEqual(('available', 2, None),
                         (volume.status, volume.size, volume.provider_id))
        self.assertEqual(base.OLD, self.read(volume))
        self.assertEqual({}, self.offered())

    def test_unmanage_and_manage_again(self):
        volume = self.create_volume()
        self.write(volume, base.OLD)
        self.manager.delete_volume(self.context, volume, unmanage_only=True)
        self.assertRaises(cinder_exception.VolumeNotFound, volume.refresh)
        self.assertEqual(set(), self.engine.volume_ids())
        self.assertEqual({'volume-' + volume.id: 1}, self.offered())
        for reference in ({'source-name': 'volume-' + volume.id},
                          {'source-id': volume.id}):
            again = self.manage(reference)
            self.assertEqual(base.OLD, self.read(again))
            self.manager.delete_volume(
                self.context, again, unmanage_only=True)
            os.rename(*(os.path.join(
                self.engine.pool_dir, 'unmanaged-volumes', 'volume-' + each)
                for each in (again.id, volume.id)))

    def test_migrated_volume_keeps_the_name_of_its_bytes(self):
        volume = self.create_volume(_name_id=str(uuid.uuid4()))
        self.manager.delete_volume(self.context, volume, unmanage_only=True)
        self.assertEqual({'volume-' + volume.name_id: 1}, self.offered())

    def test_list(self):
        volume = self.create_volume()
        self.put('disk.img', 3 * GIB)
        self.put('odd', GIB + 1)
        good, bad, taken = self.listed()
        self.assertEqual({
            'reference': {'source-name': 'disk.img'}, 'size': 3,
            'safe_to_manage': True, 'reason_not_safe': None,
            'cinder_id': None, 'extra_info': {'pool': 'evs'}}, good)
        self.assertEqual(({'source-name': 'odd'}, 2, False),
                         (bad['reference'], bad['size'],
                          bad['safe_to_manage']))
        self.assertIn('whole GiB', bad['reason_not_safe'])
        self.assertEqual({
            'reference': {'source-name': 'volume-' + volume.id}, 'size': 1,
            'safe_to_manage': False, 'reason_not_safe': 'already managed',
            'cinder_id': volume.id, 'extra_info': None}, taken)

    def test_pages(self):
        for number in range(5):
            self.put('disk-%d' % number, (5 - number) * GIB)

        def names(**asked):
            return [entry['reference']['source-name'][-1]
                    for entry in self.listed(limit=2, **asked)]

        self.assertEqual(['0', '1'], names())
        marker = json.dumps({'source-name': 'disk-1'})
        self.assertEqual(['2', '3'], names(marker=marker))
        self.assertEqual(['3', '4'], names(marker=marker, offset=1))
        self.assertEqual(['4', '3'], names(sort_keys=['size']))
        self.assertRaises(cinder_exception.InvalidInput, names,
                          marker=json.dumps({'source-name': 'disk-7'}))

    def test_as_objects_for_the_api(self):
        self.put('disk.img')
        entry, = self.listed(want_objects=True)
        self.assertEqual({'source-name': 'disk.img'}, entry.reference)

    def test_refused(self):
        volume = self.create_volume()
        self.put('odd', 5)
        outside = {'source-name': '../volumes/' + volume.id}
        for reference, word in (
                ({'source-name': 'none'}, 'no such file'),
                ({'source-name': 'odd'}, 'whole GiB'),
                (outside, 'not the name of a file'),
                ({'source-name': '/etc/passwd'}, 'not the name of a file'),
                ({'source-name': 5}, 'not the name of a file'),
                ({'source-id': 'x'}, 'not a canonical UUID'),
                ({'source-id': str(uuid.uuid4())}, 'no such file'),
                ({}, 'either source-name or source-id'),
                ({'name': 'odd'}, 'either source-name or source-id'),
                ({'source-name': 'odd', 'source-id': 'odd'},
                 'either source-name or source-id'),
                ('odd', 'either source-name or source-id')):
            error = self.assertRaises(
                cinder_exception.ManageExistingInvalidReference,
                self.manage, reference)
            self.assertIn(word, str(error))
            self.assertEqual('error_managing', self.volume.status)
        self.assertEqual({volume.id}, self.engine.volume_ids())

    def test_managed_already(self):
        volume = self.create_volume()
        for reference in ({'source-name': 'volume-' + volume.id},
                          {'source-id': volume.id}):
            self.assertRaises(cinder_exception.ManageExistingAlreadyManaged,
                              self.manage, reference)

    def test_deleting_what_could_not_be_managed_deletes_no_byte(self):
        self.put('disk.img')
        self.assertRaises(
            cinder_exception.ManageExistingInvalidReference, self.manage,
            {'source-name': 'other'})
        self.delete_failed()
        # Its bytes were in their place already.
        with mock.patch.object(objects.Volume, 'update',
                               side_effect=cinder_exception.CinderException):
            self.assertRaises(cinder_exception.CinderException, self.manage,
                              {'source-name': 'disk.img'})
        self.assertEqual({self.volume.id}, self.engine.volume_ids())
        self.delete_failed()
        self.assertEqual({'disk.img': 1}, self.offered())

    def delete_failed(self):
        self.assertEqual('error_managing', self.volume.status)
        self.volume.status = 'error_managing_deleting'
        self.volume.save()
        self.manager.delete_volume(self.context, self.volume)
        self.assertEqual(set(), self.engine.volume_ids())

    def test_faults(self):
        self.put('disk.img')
        self.assertRaises(
            exception.InjectedFailure, self.manage,
            {'source-name': 'disk.img'},
            metadata={'evs_fake:volume-manage': 'fail'})
        self.assertEqual({'disk.img': 1}, self.offered())
        volume = self.create_volume(
            metadata={'evs_fake:volume-unmanage': 'fail'})
        self.assertRaises(exception.InjectedFailure,
                          self.manager.delete_volume, self.context, volume,
                          unmanage_only=True)
        self.assertEqual({volume.id}, self.engine.volume_ids())

    def test_interrupted(self):
        volume = database.create_volume('managing', host=base.POOL, size=0,
                                        provider_id='disk.img')
        self.put('disk.img')
        self.engine.manage_volume(volume.id, 'disk.img')
        self.driver._pools.close()
        self.manager = self.start()
        volume.refresh()
        self.volume = volume
        self.delete_failed()
        self.assertEqual({'disk.img': 1}, self.offered())

    def test_interrupted_deletion_is_asked_for_again(self):
        volume = database.create_volume(
            'error_managing_deleting', host=base.POOL, size=0,
            provider_id='disk.img')
        self.put('disk.img')
        self.engine.manage_volume(volume.id, 'disk.img')
        self.driver._pools.close()
        with mock.patch.object(rpcapi.VolumeAPI, 'delete_volume',
                               autospec=True) as delete:
            self.manager = self.start()
        _api, context, asked = delete.call_args.args
        self.manager.delete_volume(context, asked)
        self.assertRaises(cinder_exception.VolumeNotFound, volume.refresh)
        self.assertEqual({'disk.img': 1}, self.offered())


class SnapshotTest(ManageableTestCase):

    def setUp(self):
        super().setUp()
        self.origin = self.create_volume()

    def test_manage(self):
        self.put('old.img', kind='snapshots')
        self.write(self.origin, base.NEW)
        snapshot = self.manage_snapshot(
            self.origin, {'source-name': 'old.img'})
        self.assertEqual(
            ('available', 1, None),
            (snapshot.status, snapshot.volume_size, snapshot.provider_id))
        self.rollback(self.origin, snapshot)
        self.assertEqual(base.OLD, self.read(self.origin))

    def test_unmanage_and_manage_again(self):
        self.write(self.origin, base.OLD)
        snapshot = self.create_snapshot(self.origin)
        self.manager.delete_snapshot(self.context, snapshot,
                                     unmanage_only=True)
        self.assertEqual(set(), self.engine.snapshot_ids())
        self.assertEqual({'snapshot-' + snapshot.id: 1},
                         self.offered('snapshots'))
        self.write(self.origin, base.NEW)
        again = self.manage_snapshot(self.origin,
                                     {'source-id': snapshot.id})
        self.rollback(self.origin, again)
        self.assertEqual(base.OLD, self.read(self.origin))

    def test_list(self):
        snapshot = self.create_snapshot(self.origin)
        self.put('old.img', 3 * GIB, 'snapshots')
        good, taken = self.listed('snapshots')
        self.assertEqual(
            ({'source-name': 'old.img'}, 3, {}),
            (good['reference'], good['size'], good['source_reference']))
        self.assertEqual(
            ({'source-name': 'snapshot-' + snapshot.id}, 1, False,
             snapshot.id, {'source-name': 'volume-' + self.origin.id}),
            (taken['reference'], taken['size'], taken['safe_to_manage'],
             taken['cinder_id'], taken['source_reference']))
        self.assertEqual(
            [{}, {'source-name': 'volume-' + self.origin.id}],
            [entry.source_reference
             for entry in self.listed('snapshots', want_objects=True)])

    def test_refused(self):
        present = self.create_snapshot(self.origin)
        self.put('large', 2 * GIB, 'snapshots')
        self.put('volume', GIB, 'volumes')
        for reference, word in (
                ({'source-name': 'large'}, 'larger than the volume'),
                ({'source-name': 'volume'}, 'no such file'),
                ({'source-id': present.id}, 'managed already'),
                ({'source-name': '..'}, 'not the name of a file')):
            error = self.assertRaises(
                cinder_exception.ManageExistingInvalidReference,
                self.manage_snapshot, self.origin, reference)
            self.assertIn(word, str(error))
        self.assertEqual({present.id}, self.engine.snapshot_ids())

    def test_deleting_what_could_not_be_managed_deletes_no_byte(self):
        self.put('old.img', kind='snapshots')
        with mock.patch.object(objects.Snapshot, 'update',
                               side_effect=cinder_exception.CinderException):
            self.assertRaises(
                cinder_exception.CinderException, self.manage_snapshot,
                self.origin, {'source-name': 'old.img'})
        self.assertEqual({self.snapshot.id}, self.engine.snapshot_ids())
        self.manager.delete_snapshot(self.context, self.snapshot)
        self.assertEqual(set(), self.engine.snapshot_ids())
        self.assertEqual({'old.img': 1}, self.offered('snapshots'))

    def test_faults(self):
        self.put('old.img', kind='snapshots')
        self.assertRaises(
            exception.InjectedFailure, self.manage_snapshot, self.origin,
            {'source-name': 'old.img'},
            metadata={'evs_fake:snapshot-manage': 'fail'})
        self.assertEqual({'old.img': 1}, self.offered('snapshots'))
        snapshot = self.create_snapshot(
            self.origin, metadata={'evs_fake:snapshot-unmanage': 'fail'})
        self.assertRaises(exception.InjectedFailure,
                          self.manager.delete_snapshot, self.context,
                          snapshot, unmanage_only=True)
        self.assertEqual({snapshot.id}, self.engine.snapshot_ids())

    def test_interrupted(self):
        snapshot = database.create_snapshot(self.origin, 'creating',
                                            provider_id='old.img')
        self.put('old.img', kind='snapshots')
        self.engine.manage_snapshot(snapshot.id, 'old.img')
        self.driver._pools.close()
        with mock.patch.object(rpcapi.VolumeAPI, 'delete_snapshot'):
            self.manager = self.start()
        self.assertEqual({'old.img': 1}, self.offered('snapshots'))
