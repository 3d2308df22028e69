# SPDX-License-Identifier: Apache-2.0
"""Some rounds with the same clients: they ask, the cloud dies, all is looked
at. In the end they delete all that they have."""

from __future__ import annotations

import collections
import random
import threading

from tests.functional import cloud
from tests.functional import forked
from tests.violence import actor
from tests.violence import disturbances
from tests.violence import operations
from tests.violence import stored
from tests.violence import world

_CLIENTS = 4
#: Answers after which the cloud dies, at most.
_ANSWERS = 40
#: From which nobody but an administrator can delete anything.
_HOPELESS = ('error_deleting', 'error_unmanaging')
#: Seconds after that.
_DELAY = 0.1


class Violation(AssertionError):
    """The cloud did what it must not do, or lost what it must not lose."""


class Watch:
    """What is remembered of a cloud across all episodes.

    :ivar served: the cloud; it runs.
    :ivar answers: how often what was answered.
    """

    def __init__(self, served: forked.Cloud,
                 disturbance: disturbances.Disturbance) -> None:
        self.served = served
        self._settling = disturbance.settling
        self.place = stored.Stored(served.state_dir)
        self.answers: collections.Counter[tuple[str, str]] = (
            collections.Counter())
        self._cursor = 0
        self._last: dict[str, str] = {}

    def look(self) -> tuple[list[str], dict[str, stored.Row] | None]:
        """Wait for rest; what is wrong then, and all that is there.

        That is None if it does not come to rest.
        """
        try:
            found, rows = stored.violations(
                self.place, settling=self._settling)
        except AssertionError as error:
            return [str(error)], None
        changes, self._cursor = stored.history(
            self.place, self._cursor, self._last, rows)
        return found + changes, rows


class Episode:
    """The rounds that one seed stands for."""

    def __init__(self, watch: Watch, seed: int,
                 disturbance: disturbances.Disturbance) -> None:
        self._watch = watch
        self._disturbance = disturbance
        self._random = random.Random(seed)
        # Projects may be met again when a seed is.
        self._name = 's%d-%s' % (seed, random.SystemRandom().randbytes(
            3).hex())
        self._tenants = [
            operations.Tenant('%s-%d' % (self._name, number), watch.place)
            for number in range(_CLIENTS)]
        for number, tenant in enumerate(self._tenants):
            tenant.random = random.Random('%d %d' % (seed, number))
            tenant.orderly = disturbance.orderly
            tenant.connect(watch.served)

    def round(self) -> None:
        """Ask for much, have the cloud die, and see what is left.

        :raises Violation: what is left is not what must be.
        """
        found = self._ask()
        if not found:
            found, rows = self._watch.look()
            if rows is not None:
                found += self._compare(rows)
        if found:
            raise Violation('\n'.join(found))

    def end(self) -> None:
        """Delete everything; nothing is left of it.

        :raises Violation: something cannot be deleted, or is left.
        """
        try:
            for kinds in (('rule', 'vault', 'backup', 'snapshot'),
                          ('volume',)):
                # An increment keeps the backup that it is one of.
                while any(each.kind in kinds for tenant in self._tenants
                          for each in tenant.resources):
                    self._delete(kinds)
        except AssertionError as error:
            raise Violation(str(error)) from error
        found, rows = self._watch.look()
        found += ['left: %s %s' % (row.kind, row.id)
                  for row in (rows or {}).values() if row.kind != 'file'
                  and (row.project or row.name or '').startswith(self._name)]
        if found:
            raise Violation('\n'.join(found))

    def _ask(self) -> list[str]:
        enough = threading.Event()
        left = self._random.randint(1, _ANSWERS)
        lock = threading.Lock()

        def answered() -> None:
            nonlocal left
            with lock:
                left -= 1
            if left <= 0:
                enough.set()

        actors = [actor.Actor(tenant, answered, self._disturbance.lenient)
                  for tenant in self._tenants]
        for each in actors:
            each.start()
        while not enough.wait(1):
            if any(each.violations for each in actors):
                break
        threading.Event().wait(self._random.random() * _DELAY)
        self._disturbance.strike(
            self._watch.served, self._watch.place,
            lambda: [each.stop() for each in actors])
        found = []
        for each in actors:
            each.join()
            found += each.violations
            self._watch.answers += each.answers
        for tenant in self._tenants:
            tenant.connect(self._watch.served)
        return found

    def _compare(self, rows: dict[str, stored.Row]) -> list[str]:
        checker = world.Checker(self._watch.place, rows)
        found = []
        for tenant in self._tenants:
            for each in tenant.resources:
                found.append(checker.check(each))
                each.busy = False
            tenant.resources[:] = [
                each for each in tenant.resources
                if each.fates != {world.GONE}]
        return [each for each in found if each] + checker.strangers(
            self._name)

    def _delete(self, kinds: tuple[str, ...]) -> None:
        """Delete what can be deleted now, and wait until it is gone."""
        with self._watch.place.connected() as connection:
            rows = self._watch.place.rows(connection)
        parents = {row.more.get('parent_id') for row in rows.values()}
        asked = []
        for tenant in self._tenants:
            for each in [*tenant.resources]:
                if each.kind == 'file':
                    tenant.resources.remove(each)
                elif each.kind in kinds and each.id not in parents:
                    _delete(tenant, each)
                    tenant.resources.remove(each)
                    asked.append(each)

        def gone() -> bool:
            with self._watch.place.connected() as connection:
                there = self._watch.place.rows(connection)
            return not any(each.id in there for each in asked)

        cloud.until(gone, 'the end of %s' % asked, timeout=60)


def _delete(tenant: operations.Tenant, resource: world.Resource) -> None:
    fate = resource.fate
    ask = tenant.clients(fate.project or None)
    match resource.kind:
        case 'rule':
            ask.session.delete(ask.control('/rules/' + resource.id))
        case 'vault':
            ask.cbr.works('delete_vault', vault_id=resource.id)
        case 'backup' if fate.vault:
            # With its vault.
            pass
        case 'backup':
            ask.cinder.backups.delete(resource.id)
        case 'snapshot':
            if fate.status in _HOPELESS:
                ask.cinder.volume_snapshots.reset_state(
                    resource.id, 'available')
            ask.cinder.volume_snapshots.delete(resource.id)
        case 'volume':
            if fate.status in ('in-use', 'reserved'):
                operations.detach_all(ask, resource.id)
            elif fate.status == 'awaiting-transfer':
                operations.take_back(ask, resource.id)
            elif fate.status in _HOPELESS:
                ask.cinder.volumes.reset_state(resource.id, 'available')
            ask.cinder.volumes.delete(resource.id)
