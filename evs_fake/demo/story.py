# SPDX-License-Identifier: Apache-2.0
"""What the demo does to the cloud, act by act.

``evs_fake:...`` metadata slows operations down far enough to be watched, or
makes them fail; everything else is what any client of Cinder and EVS does.
"""

from typing import Any

from keystoneauth1 import session as keystone_session

from evs_fake.demo import observer

#: Long enough to be seen by a client that asks.
_SLOW = 'delay:0.4'

OLD = b'what the volume held when the snapshot was taken\n' * 4096
NEW = b'what was written to the volume afterwards\n' * 4096


class StoryError(Exception):
    """The cloud did something else than the document says."""


class Story:
    def __init__(self, cinder: Any, session: keystone_session.Session,
                 url: str, project: str, watch: observer.Observer) -> None:
        self._cinder = cinder
        self._session = session
        self._evs = '%s/v2/%s' % (url, project)
        self._watch = watch

    def tell(self) -> None:
        """Act out the whole document.

        :raises StoryError: if the cloud does not do what it says.
        :raises TimeoutError: if a state is not seen.
        """
        volume = self._volume('disk')
        self._write(volume, OLD)
        snapshot = self._creation(volume)
        self._failed_creation(volume)
        self._write(volume, NEW)
        self._rules(volume, snapshot)
        self._rollback(volume, snapshot)
        self._failed_rollback(volume, snapshot)
        self._backup_of_snapshot(volume, snapshot)
        self._backup_of_volume(volume)
        self._deletion(snapshot)
        self._failed_deletion(volume)

    # Acts

    def _creation(self, volume: Any) -> Any:
        self._watch.say('A snapshot is created: creating, available.')
        snapshot = self._snapshot(
            volume, 'good', {'evs_fake:snapshot-create': _SLOW})
        self._watch.wait(snapshot, 'creating')
        self._watch.wait(snapshot, 'available')
        return snapshot

    def _failed_creation(self, volume: Any) -> None:
        self._watch.say('The creation of another one fails: error.')
        snapshot = self._snapshot(
            volume, 'broken',
            {'evs_fake:snapshot-create': 'fail:the array is on fire'})
        self._watch.wait(snapshot, 'error')
        self._cinder.volume_snapshots.delete(snapshot.id)
        self._watch.wait(snapshot, observer.GONE)

    def _rules(self, volume: Any, snapshot: Any) -> None:
        other = self._volume('other-disk')
        self._watch.say('Rule 1: rollback to another volume is refused.')
        self._refused(snapshot, other)
        self._watch.say('Rule 2: rollback of a volume in use is refused.')
        attachment = self._cinder.attachments.create(volume.id, {}, None)
        attachment_id = attachment['id']
        self._cinder.attachments.complete(attachment_id)
        self._watch.wait(volume, 'in-use')
        self._refused(snapshot, volume)
        self._cinder.attachments.delete(attachment_id)
        self._watch.wait(volume, 'available')
        self._cinder.volumes.delete(other.id)

    def _rollback(self, volume: Any, snapshot: Any) -> None:
        newer = self._snapshot(volume, 'newer')
        self._watch.wait(newer, 'available')
        self._watch.say('Rollback, and not to the newest snapshot: '
                        'rollbacking, both volume and snapshot.')
        self._set(snapshot, 'snapshot-rollback', _SLOW)
        self._accepted(snapshot, volume)
        self._watch.wait(snapshot, 'rollbacking')
        self._watch.wait(volume, 'rollbacking')
        self._watch.wait(volume, 'available')
        self._watch.wait(snapshot, 'available')
        self._expect(volume, OLD)
        self._cinder.volume_snapshots.delete(newer.id)

    def _failed_rollback(self, volume: Any, snapshot: Any) -> None:
        self._watch.say('A rollback fails: error_rollbacking. No byte '
                        'changes, and a rollback is allowed again.')
        self._write(volume, NEW)
        self._set(snapshot, 'snapshot-rollback', 'fail')
        self._accepted(snapshot, volume)
        self._watch.wait(volume, 'error_rollbacking')
        self._watch.wait(snapshot, 'available')
        self._expect(volume, NEW)
        self._unset(snapshot, 'snapshot-rollback')
        self._accepted(snapshot, volume)
        self._watch.wait(volume, 'available')
        self._watch.wait(snapshot, 'available')
        self._expect(volume, OLD)

    def _backup_of_snapshot(self, volume: Any, snapshot: Any) -> None:
        self._watch.say('A backup is made directly from the snapshot: '
                        'backing-up.')
        self._set(snapshot, 'backup-create', _SLOW)
        backup = self._cinder.backups.create(
            volume.id, snapshot_id=snapshot.id, name='of-snapshot')
        self._watch.wait(snapshot, 'backing-up')
        self._watch.wait(snapshot, 'available')
        self._backed_up(backup)

    def _backup_of_volume(self, volume: Any) -> None:
        self._watch.say('The volume is backed up: the system makes a '
                        'snapshot for it, in backing-up.')
        before = len(self._watch.seen('snapshot', 'backing-up'))
        self._cinder.volumes.set_metadata(
            volume, {'evs_fake:backup-create': _SLOW})
        backup = self._cinder.backups.create(volume.id, name='of-volume')
        self._watch.wait(volume, 'backing-up')
        self._watch.wait(volume, 'available')
        self._backed_up(backup)
        made = self._watch.seen('snapshot', 'backing-up')[before:]
        if not any(sighting.name.startswith('autobk_snapshot_')
                   for sighting in made):
            raise StoryError('no snapshot of the system was seen')

    def _deletion(self, snapshot: Any) -> None:
        self._watch.say('A snapshot is deleted: deleting.')
        self._set(snapshot, 'snapshot-delete', _SLOW)
        self._cinder.volume_snapshots.delete(snapshot.id)
        self._watch.wait(snapshot, 'deleting')
        self._watch.wait(snapshot, observer.GONE)

    def _failed_deletion(self, volume: Any) -> None:
        self._watch.say('The deletion of another one fails: '
                        'error_deleting. An administrator resets it.')
        snapshot = self._snapshot(
            volume, 'stubborn', {'evs_fake:snapshot-delete': 'fail'})
        self._watch.wait(snapshot, 'available')
        self._cinder.volume_snapshots.delete(snapshot.id)
        self._watch.wait(snapshot, 'error_deleting')
        self._unset(snapshot, 'snapshot-delete')
        self._cinder.volume_snapshots.reset_state(snapshot.id, 'error')
        self._cinder.volume_snapshots.delete(snapshot.id)
        self._watch.wait(snapshot, observer.GONE)

    # Steps

    def _volume(self, name: str) -> Any:
        volume = self._cinder.volumes.create(1, name=name)
        self._watch.wait(volume, 'available')
        return volume

    def _snapshot(self, volume: Any, name: str,
                  metadata: dict[str, str] | None = None) -> Any:
        return self._cinder.volume_snapshots.create(
            volume.id, name=name, metadata=metadata or {})

    def _set(self, snapshot: Any, operation: str, fault: str) -> None:
        self._cinder.volume_snapshots.set_metadata(
            snapshot, {'evs_fake:' + operation: fault})

    def _unset(self, snapshot: Any, operation: str) -> None:
        self._cinder.volume_snapshots.delete_metadata(
            snapshot, ['evs_fake:' + operation])

    def _ask(self, snapshot: Any, volume: Any) -> Any:
        return self._session.post(
            '%s/cloudsnapshots/%s/rollback' % (self._evs, snapshot.id),
            json={'rollback': {'volume_id': volume.id}}, raise_exc=False)

    def _accepted(self, snapshot: Any, volume: Any) -> None:
        response = self._ask(snapshot, volume)
        if response.status_code != 202:
            raise StoryError('rollback: %d instead of 202: %s' % (
                response.status_code, response.text))

    def _refused(self, snapshot: Any, volume: Any) -> None:
        response = self._ask(snapshot, volume)
        if response.status_code != 400:
            raise StoryError('rollback: %d instead of 400: %s' % (
                response.status_code, response.text))
        (fault,) = response.json().values()
        self._watch.say('  %d %s: %s' % (
            response.status_code, fault['code'], fault['message']))

    def _backed_up(self, backup: Any) -> None:
        status = self._cinder.backups.get(backup.id).status
        if status != 'available':
            raise StoryError('backup %s ended in "%s"' % (
                backup.name, status))

    # Bytes

    def _device(self, volume: Any) -> str:
        return self._cinder.volumes.initialize_connection(
            volume, {})['data']['device_path']

    def _write(self, volume: Any, data: bytes) -> None:
        with open(self._device(volume), 'r+b') as device:
            device.write(data)

    def _expect(self, volume: Any, data: bytes) -> None:
        with open(self._device(volume), 'rb') as device:
            if device.read(len(data)) != data:
                raise StoryError('the bytes of the volume are not those '
                                 'that were expected')
