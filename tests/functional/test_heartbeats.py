# SPDX-License-Identifier: Apache-2.0
"""Services that share a process each report for themselves."""

import datetime

from tests.functional import base
from tests.functional import cloud

DOWN_TIME = 4

CONFIG = """\
[DEFAULT]
service_down_time = %d
report_interval = 1
""" % DOWN_TIME

SERVICES = {
    ('cinder-backup', 'evs-fake'),
    ('cinder-scheduler', 'evs-fake'),
    ('cinder-volume', 'evs-fake@evs-1'),
    ('cinder-volume', 'evs-fake@evs-2'),
}


class TestHeartbeats(base.CloudTestCase):

    def make_cloud(self):
        own = self.useFixture(cloud.CloudFixture(CONFIG)).cloud
        own.start()
        return own

    def reports(self):
        """When each service that is up reported last."""
        return {
            (service.binary, service.host):
                datetime.datetime.fromisoformat(service.updated_at)
            for service in self.cinder.services.list()
            if service.state == 'up' and service.status == 'enabled'
            and service.updated_at}

    def test_all_are_up_long_after(self):
        cloud.until(lambda: self.reports().keys() == SERVICES,
                    'the first reports')
        first = self.reports()
        span = datetime.timedelta(seconds=2 * DOWN_TIME)

        def reported_for_long():
            now = self.reports()
            # Whoever has stopped reporting drops out before the others have
            # come so far.
            self.assertEqual(SERVICES, now.keys())
            return all(now[each] - first[each] > span for each in SERVICES)

        cloud.until(reported_for_long, 'reports', pause=0.2)

        hosts = set()

        def both_scheduled_to():
            volume = self.create_volume()
            hosts.add(self.cinder.volumes.get(
                volume.id).to_dict()['os-vol-host-attr:host'])
            return hosts == {'evs-fake@evs-1#evs-1', 'evs-fake@evs-2#evs-2'}

        cloud.until(both_scheduled_to, 'both back ends to be given a volume')
        volume = self.create_volume()
        backup = self.cinder.backups.create(volume.id)
        self.wait_for(self.cinder.backups, backup, 'available')


class TestSleep(base.CloudTestCase):

    def test_services_are_up_at_once(self):
        """After a sleep, there has been no report for long."""
        self.cloud.alter(
            "UPDATE services SET updated_at = datetime('now', '-1 day')")
        volume = self.create_volume()
        backup = self.cinder.backups.create(volume.id)
        self.wait_for(self.cinder.backups, backup, 'available')
