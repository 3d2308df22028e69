# SPDX-License-Identifier: Apache-2.0
"""What functional tests have in common: a cloud, a client, real bytes."""

import os
import traceback
import uuid

import testtools
from cinderclient import exceptions as cinder_exceptions
from testtools import content

from tests.functional import cloud

#: The end of the cloud's log that a failed test shows.
_LOG_LINES = 300


class CloudTestCase(testtools.TestCase):
    """Tests against the cloud that the test process shares.

    Each test works in a project of its own, so that none sees another's
    resources in lists.
    """

    def setUp(self):
        super().setUp()
        self.cloud = self.make_cloud()
        self.project = 'test-%s' % uuid.uuid4().hex
        self.cinder = self.cloud.client(self.project)
        self._devices = {}
        self.addOnException(self._describe_cloud)

    def _describe_cloud(self, _exc_info) -> None:
        """Have a failed test show what the cloud was at."""
        for name, describe in (('log', self._end_of_log),
                               ('report', self._report)):
            try:
                text = describe()
            except Exception:
                # What is raised here ends the process that runs the tests.
                text = traceback.format_exc()
            self.addDetail(name, content.text_content(text))

    def _end_of_log(self) -> str:
        return '\n'.join(self.cloud.log().splitlines()[-_LOG_LINES:])

    def _report(self) -> str:
        return self.cloud.report() if self.cloud.running else 'not running'

    def make_cloud(self) -> cloud.Cloud:
        return cloud.shared()

    # Resources

    def create_volume(self, size=1, **kwargs):
        volume = self.cinder.volumes.create(size, **kwargs)
        return self.wait_for(self.cinder.volumes, volume, 'available')

    def create_volume_type(self, extra_specs):
        """A type of this test's own: types belong to no project."""
        made = self.cinder.volume_types.create('type-' + self.project)
        self.addCleanup(self._delete_volume_type, made)
        made.set_keys(extra_specs)
        return made

    def _delete_volume_type(self, volume_type):
        for volume in self.cinder.volumes.list():
            if volume.volume_type == volume_type.name:
                self.cinder.volumes.reset_state(volume, 'available')
                self.cinder.volumes.delete(volume)
                self.wait_gone(self.cinder.volumes, volume)
        self.cinder.volume_types.delete(volume_type)

    def create_snapshot(self, volume, **kwargs):
        snapshot = self.cinder.volume_snapshots.create(volume.id, **kwargs)
        return self.wait_for(
            self.cinder.volume_snapshots, snapshot, 'available')

    def rollback(self, snapshot, volume, version='v2', project=None):
        """Ask EVS for a rollback; the HTTP response."""
        project = project or self.project
        return self.cloud.session(project).post(
            '%s/%s/%s/cloudsnapshots/%s/rollback' % (
                self.cloud.url, version, project, snapshot.id),
            json={'rollback': {'volume_id': volume.id}},
            raise_exc=False)

    def set_stored_status(self, table, resource, status):
        """Put a status into the database that no request may set."""
        self.cloud.alter('UPDATE %s SET status = ? WHERE id = ?' % table,
                         status, resource.id)

    # Waiting

    def wait_for(self, manager, resource, status):
        """Wait for a status; the resource as it is then.

        :raises AssertionError: at once, if it is an error's, which nothing
            follows.
        """
        def reached():
            found = manager.get(resource.id)
            if found.status.startswith('error') and found.status != status:
                raise AssertionError('%s is in "%s"' % (
                    resource.id, found.status))
            return found if found.status == status else None

        return cloud.until(reached, '%s of %s' % (status, resource.id))

    def wait_gone(self, manager, resource):
        def gone():
            try:
                manager.get(resource.id)
            except cinder_exceptions.NotFound:
                return True

        cloud.until(gone, 'the end of %s' % resource.id)

    def wait_settled(self, but=()):
        """Wait until nothing of the cloud's is on its way to somewhere.

        :param but: ids of what is to stay so.

        Looks into the database: hundreds of resources listed again and again
        would be a load of its own.
        """
        def unsettled():
            return [row for row in self.cloud.unsettled()
                    if row[1] not in but]

        try:
            cloud.until(lambda: not unsettled(), 'rest', pause=0.1)
        except AssertionError:
            self.assertEqual([], unsettled())

    # Looking

    @staticmethod
    def statuses(manager):
        """Status by id, of all that a client's manager lists."""
        return {each.id: each.status for each in manager.list()}

    def quota_usage(self):
        """What counts against the project's quota: used and reserved."""
        usage = self.cinder.quotas.get(self.project, usage=True).to_dict()
        return {
            name: quota['in_use'] + quota['reserved']
            for name, quota in usage.items()
            if isinstance(quota, dict)
            and not name.endswith('___DEFAULT__')
            and (quota['in_use'] or quota['reserved'])}

    # Bytes

    def device(self, volume) -> str:
        """The path at which a client reaches a volume's bytes.

        Asked for once: no status may keep a test from looking.
        """
        if volume.id in self._devices:
            return self._devices[volume.id]
        connection = self.cinder.volumes.initialize_connection(volume, {})
        self.assertEqual('local', connection['driver_volume_type'])
        path = connection['data']['device_path']
        self._devices[volume.id] = path
        return path

    def forget_device(self, volume) -> None:
        """Have the path asked for again: the bytes were moved."""
        self._devices.pop(volume.id, None)

    def write(self, volume, data: bytes, offset: int = 0) -> None:
        with open(self.device(volume), 'r+b') as device:
            device.seek(offset)
            device.write(data)
            device.flush()
            os.fsync(device.fileno())

    def read(self, volume, size: int, offset: int = 0) -> bytes:
        with open(self.device(volume), 'rb') as device:
            device.seek(offset)
            return device.read(size)


class HostileTestCase(CloudTestCase):
    """Tests that may make any rule, reset the cloud, or whatever else."""

    def setUp(self):
        super().setUp()
        # Of whoever had this cloud before.
        rules = self.cloud.endpoint['control'] + '/rules'
        session = self.cloud.session()
        for rule in session.get(rules).json()['rules']:
            session.delete('%s/%s' % (rules, rule['id']))

    def make_cloud(self) -> cloud.Cloud:
        return cloud.expendable()
