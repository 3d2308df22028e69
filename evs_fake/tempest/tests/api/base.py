# SPDX-License-Identifier: Apache-2.0
"""What all tests have in common: clients, resources, rules, refusals."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

from tempest import config
from tempest import test
from tempest.lib import exceptions
from tempest.lib.common.utils import data_utils
from tempest.lib.common.utils import test_utils

from evs_fake.tempest import waiting

CONF = config.CONF

#: Parts of the cloud by name: how tempest.conf says that they are there.
_OFFERED: dict[str, Callable[[], bool]] = {
    'snapshots': lambda: CONF.volume_feature_enabled.snapshot,
    'backups': lambda: CONF.volume_feature_enabled.backup,
    'EVS': lambda: CONF.evs_fake.evs,
    'CBR': lambda: CONF.evs_fake.cbr,
    'the control API': lambda: CONF.evs_fake.control,
    'revert': lambda: CONF.evs_fake.revert,
}

#: How a cloud may refuse what is wrong now, but may be right later.
REFUSALS = (exceptions.BadRequest, exceptions.Conflict)


class BaseTest(test.BaseTestCase):
    """Tests of a project's own volumes."""

    credentials = ['primary']
    #: Parts of the cloud without which the tests of the class skip.
    needs: tuple[str, ...] = ('snapshots',)

    @classmethod
    def skip_checks(cls) -> None:
        super().skip_checks()
        if not CONF.service_available.cinder:
            raise cls.skipException('Cinder is not available')
        for part in cls.needs:
            if not _OFFERED[part]():
                raise cls.skipException(
                    'tempest.conf says that the cloud has no %s' % part)

    @classmethod
    def setup_credentials(cls) -> None:
        # No server is made: no network, either.
        cls.set_network_resources()
        super().setup_credentials()

    @classmethod
    def setup_clients(cls) -> None:
        super().setup_clients()
        cls.volumes = cls.os_primary.volumes_client_latest
        cls.snapshots = cls.os_primary.snapshots_client_latest
        cls.backups = cls.os_primary.backups_client_latest
        cls.evs_volumes = cls.os_primary.evs_fake_evs.VolumesClient()
        cls.evs_snapshots = cls.os_primary.evs_fake_evs.SnapshotsClient()

    # Resources

    @staticmethod
    def name(kind: str) -> str:
        """A name that nothing else has."""
        return data_utils.rand_name(kind, prefix=CONF.resource_name_prefix)

    @classmethod
    def _ask_for_volume(cls, client: Any) -> dict[str, Any]:
        fields = {'name': cls.name('volume'),
                  'size': CONF.volume.volume_size}
        if CONF.volume.volume_type:
            fields['volume_type'] = CONF.volume.volume_type
        if CONF.compute.compute_volume_common_az:
            fields['availability_zone'] = (
                CONF.compute.compute_volume_common_az)
        return client.create_volume(**fields)['volume']

    @classmethod
    def share_volume(cls) -> dict[str, Any]:
        """Make a volume for all tests of the class, ``available``."""
        volume = cls._ask_for_volume(cls.volumes)
        cls.addClassResourceCleanup(cls.delete, cls.volumes, volume)
        return waiting.for_status(cls.volumes, volume['id'], 'available')

    def create_volume(self, client: Any = None) -> dict[str, Any]:
        """Make a volume, ``available``; it goes at the end of the test."""
        client = client or self.volumes
        volume = self._ask_for_volume(client)
        self.addCleanup(self.delete, client, volume)
        return waiting.for_status(client, volume['id'], 'available')

    def create_snapshot(self, volume: dict[str, Any], client: Any = None,
                        status: str | None = 'available', **fields: Any
                        ) -> dict[str, Any]:
        """Snapshot a volume; the snapshot goes at the end of the test.

        :param client: EVS's or Cinder's own, which is the default.
        :param status: to wait for; None takes what the answer says.
        """
        client = client or self.snapshots
        snapshot = client.create_snapshot(**{
            'volume_id': volume['id'], 'name': self.name('snapshot'),
            **fields})['snapshot']
        self.addCleanup(self.delete, client, snapshot)
        if status is None:
            return snapshot
        return waiting.for_status(client, snapshot['id'], status)

    def create_backup(self, volume: dict[str, Any], **fields: Any
                      ) -> dict[str, Any]:
        """Have a backup made; nothing is waited for."""
        backup = self.backups.create_backup(
            volume_id=volume['id'], name=self.name('backup'),
            **fields)['backup']
        self.addCleanup(self.delete, self.backups, backup)
        return backup

    @staticmethod
    def delete(client: Any, resource: dict[str, Any]) -> None:
        """Delete what may be gone already, and wait for its end."""
        test_utils.call_and_ignore_notfound_exc(
            getattr(client, 'delete_' + waiting.kind_of(client)),
            resource['id'])
        waiting.for_end(client, resource['id'])

    # Looking

    def wait_at_rest(self, volume: dict[str, Any],
                     *snapshots: dict[str, Any]) -> None:
        """Wait until a volume and its snapshots are ``available``."""
        waiting.for_status(self.volumes, volume['id'], 'available')
        for snapshot in snapshots:
            waiting.for_status(self.snapshots, snapshot['id'], 'available')

    def assert_refused(self, call: Callable[..., Any], *args: Any,
                       **kwargs: Any) -> None:
        """Assert that a request is refused because of what there is now."""
        try:
            call(*args, **kwargs)
        except REFUSALS:
            return
        self.fail('was not refused')

    def assert_evs_refuses(self, code: str, call: Callable[..., Any],
                           *args: Any, **kwargs: Any) -> None:
        """Assert that EVS refuses a request, with its code and a reason."""
        error = self.assertRaises(
            exceptions.NotFound if code == 'EVS.5404'
            else exceptions.BadRequest, call, *args, **kwargs)
        self.assertEqual(code, error.resp_body['code'])
        self.assertTrue(error.resp_body['message'])


class AdminTest(BaseTest):
    """Tests in which an administrator sets the scene."""

    credentials = ['primary', 'admin']

    @classmethod
    def setup_clients(cls) -> None:
        super().setup_clients()
        cls.admin_volumes = cls.os_admin.volumes_client_latest
        cls.admin_snapshots = cls.os_admin.snapshots_client_latest

    def volume_statuses(self, volume: dict[str, Any],
                        statuses: Iterable[str]) -> Iterator[str]:
        """Give a volume one status after the other.

        It is ``available`` after the last, and after the test.
        """
        return self._statuses(self.admin_volumes.reset_volume_status,
                              volume, statuses)

    def snapshot_statuses(self, snapshot: dict[str, Any],
                          statuses: Iterable[str]) -> Iterator[str]:
        """The same of a snapshot."""
        return self._statuses(self.admin_snapshots.reset_snapshot_status,
                              snapshot, statuses)

    def _statuses(self, reset: Callable[..., Any], resource: dict[str, Any],
                  statuses: Iterable[str]) -> Iterator[str]:
        self.addCleanup(reset, resource['id'], status='available')
        for status in statuses:
            reset(resource['id'], status=status)
            yield status
        reset(resource['id'], status='available')


class ControlTest(AdminTest):
    """Tests that need something held or failed."""

    needs = (*AdminTest.needs, 'the control API')

    @classmethod
    def setup_clients(cls) -> None:
        super().setup_clients()
        cls.rules = cls.os_admin.evs_fake_control.RulesClient()

    def hold(self, operation: str, volume: dict[str, Any]) -> str:
        """Hold the next operation on a volume or what is made of it.

        :returns: for :meth:`release`, at the end of the test at the latest.
        """
        return self._rule(operation, 'hold', volume)

    def fail_next(self, operation: str, volume: dict[str, Any]) -> None:
        """Have the next operation on a volume, or what is made of it, fail.
        """
        self._rule(operation, 'fail', volume)

    def _rule(self, operation: str, action: str, volume: dict[str, Any]
              ) -> str:
        rule = self.rules.create_rule(
            operation, action, match={'volume_id': volume['id']})['rule']
        self.addCleanup(test_utils.call_and_ignore_notfound_exc,
                        self.rules.delete_rule, rule['id'])
        return rule['id']

    def release(self, rule_id: str) -> None:
        """Let go what is held.

        A hold that met nothing would prove nothing.
        """
        waiting.until(
            lambda: self.rules.show_rule(rule_id)['rule']['matched'],
            'what rule %s is to hold' % rule_id)
        self.rules.release_rule(rule_id)


class SharedVolume:
    """Mixed into tests that leave their volume as it was."""

    volume: dict[str, Any]

    @classmethod
    def resource_setup(cls) -> None:
        super().resource_setup()
        cls.volume = cls.share_volume()
