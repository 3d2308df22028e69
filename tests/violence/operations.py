# SPDX-License-Identifier: Apache-2.0
"""All that clients ask of a cloud, through every API that has it.

Each function picks what it needs at random and says what it would do; it
returns None where there is nothing to do it with.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from collections.abc import Iterable

from tests.violence import clients
from tests.violence import content as contents
from tests.violence import stored
from tests.violence.world import Asked
from tests.violence.world import Fate
from tests.violence.world import GONE
from tests.violence.world import Resource

NATIVE, V2, V5, CBR = 'native', 'EVS v2', 'EVS v5', 'CBR'
_VOLUME_TYPES = ('SATA', 'SAS', 'SSD', 'ESSD')
_BACKENDS = ('evs-fake@evs-1#evs-1', 'evs-fake@evs-2#evs-2')
#: From which a volume can be deleted.
_DELETABLE = ('available', 'error', 'error_extending', 'error_managing',
              'error_restoring', 'error_rollbacking')


class Tenant:
    """One client's resources, and the random choices that it makes.

    :ivar resources: all that it asked for, until they are gone.
    :ivar orderly: its newest snapshot is the one that it made last.
    :ivar transfers: id and key of the offer of a volume.
    """

    def __init__(self, name: str, place: stored.Stored) -> None:
        self.name = name
        self.place = place
        self.resources: list[Resource] = []
        self.transfers: dict[Resource, tuple[str, str]] = {}
        self.random = random.Random(name)
        self.orderly = True
        self._count = 0
        self._clients: dict[str, clients.Clients] = {}
        self._numbers = random.Random(name + ' content').randrange(1 << 32)

    @property
    def project(self) -> str:
        return self.name + '-a'

    @property
    def other_project(self) -> str:
        return self.name + '-b'

    def connect(self, served) -> None:
        """From now on, ask this cloud."""
        self._clients = {
            project: (self._clients[project].renewed(served)
                      if project in self._clients
                      else clients.Clients(served, project))
            for project in (self.project, self.other_project)}

    def clients(self, project: str | None = None) -> clients.Clients:
        return self._clients[project or self.project]

    def new(self, kind: str, volume: Resource | None = None,
            name: str | None = None) -> Resource:
        """A resource that does not exist yet."""
        return Resource(kind, name or self.new_name(), volume)

    def new_name(self) -> str:
        self._count += 1
        return '%s-%d' % (self.name, self._count)

    def new_number(self) -> int:
        """What to write."""
        self._count += 1
        return self._numbers + self._count

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def free(self, kind: str, *statuses: str,
             where: Callable[[Resource], bool] = lambda _each: True
             ) -> list[Resource]:
        """Resources at rest, in one of some statuses."""
        return [each for each in self.resources
                if each.kind == kind and not each.busy and each.fate
                and (not statuses or each.fate.status in statuses)
                and where(each)]

    def pick(self, kind: str, *statuses: str,
             where: Callable[[Resource], bool] = lambda _each: True
             ) -> Resource | None:
        """One of :meth:`free`."""
        found = self.free(kind, *statuses, where=where)
        return self.random.choice(found) if found else None

    def count(self, kind: str) -> int:
        return sum(each.kind == kind for each in self.resources)

    def of(self, kind: str, volume: Resource) -> list[Resource]:
        """Resources made of a volume."""
        return [each for each in self.resources
                if each.kind == kind and each.volume is volume]

    def is_idle(self, volume: Resource) -> bool:
        """Whether neither a volume nor a snapshot of it is busy."""
        return not volume.busy and not any(
            each.busy for each in self.of('snapshot', volume))


def _error(fate: Fate, *statuses: str) -> Iterable[Fate]:
    return [fate.but(status) for status in statuses or ('error',)]


# Volumes

def create_volume(tenant: Tenant) -> Asked | None:
    if tenant.count('volume') >= 5:
        return None
    volume = tenant.new('volume')
    size = tenant.random.choice((1, 1, 1, 2))
    fate = Fate('available', size, tenant.project)
    ask = tenant.clients()
    if tenant.chance(0.5):
        def call():
            return {volume: ask.cinder.volumes.create(
                size, name=volume.name).id}
    else:
        def call():
            made = ask.evs.works('create_volume', body={'volume': {
                'availability_zone': 'nova', 'volume_type': 'SAS',
                'size': size, 'name': volume.name}})
            return {volume: made.volume_ids[0]}
    return Asked('volume creation', call, {volume: fate},
                 {volume: _error(fate)})


def copy_volume(tenant: Tenant) -> Asked | None:
    """From a snapshot, another volume, or a backup."""
    if tenant.count('volume') >= 6:
        return None
    kind = tenant.random.choice(('snapshot', 'volume', 'backup'))
    source = tenant.pick(kind, 'available', where=lambda each: (
        each.fate.project == tenant.project))
    if source is None:
        return None
    before = source.fate
    size = before.size + (kind == 'snapshot' and tenant.chance(0.3))
    volume = tenant.new('volume')
    fate = Fate('available', size, tenant.project, before.content)
    ask = tenant.clients()
    option = {'snapshot': 'snapshot_id', 'volume': 'source_volid',
              'backup': 'backup_id'}[kind]

    def call():
        return {volume: ask.cinder.volumes.create(
            size, name=volume.name, **{option: source.id}).id}

    return Asked('volume creation from ' + kind, call,
                 {volume: fate, source: before},
                 {volume: _error(fate, 'error', 'error_restoring')})


def delete_volume(tenant: Tenant) -> Asked | None:
    volume = tenant.pick('volume', *_DELETABLE, where=tenant.is_idle)
    if volume is None or (tenant.count('volume') < 4 and (
            volume.fate.status == 'available')):
        return None
    snapshots = tenant.of('snapshot', volume)
    if any(each.fate.status not in ('available', 'error')
           for each in snapshots):
        return None
    cascade = bool(snapshots)
    ask = tenant.clients(volume.fate.project)

    def native():
        ask.cinder.volumes.delete(volume.id, cascade=cascade)

    def evs():
        ask.evs.works('delete_volume', volume_id=volume.id)

    return Asked('volume deletion', tenant.random.choice((native, evs)),
                 dict.fromkeys([volume, *snapshots], GONE))


def delete_volume_in_use(tenant: Tenant) -> Asked | None:
    """Is refused."""
    volume = tenant.pick('volume', where=lambda each: (
        tenant.is_idle(each) and (
            bool(tenant.of('snapshot', each))
            or each.fate.status in ('in-use', 'awaiting-transfer'))))
    if volume is None:
        return None
    ask = tenant.clients(volume.fate.project)
    return Asked('forbidden volume deletion',
                 lambda: ask.cinder.volumes.delete(volume.id),
                 {volume: volume.fate}, refused=True)


def write(tenant: Tenant) -> Asked | None:
    """An attached client writes; the cloud does not hear of it."""
    volume = tenant.pick('volume', 'available', 'in-use',
                         where=tenant.is_idle)
    if volume is None:
        return None
    place = tenant.random.choice(contents.PLACES)
    number = tenant.new_number()

    def call():
        with tenant.place.connected() as connection:
            rows = tenant.place.rows(connection)
        with tenant.place.writing() as writable:
            if not writable:
                raise clients.Declined
            contents.write(tenant.place.path(rows[volume.id], rows), place,
                           number)

    return Asked('write', call, {volume: volume.fate.but(
        content=contents.changed(volume.fate.content, place, number))})


def describe(tenant: Tenant) -> Asked | None:
    """What was acknowledged at once must be there."""
    kind = tenant.random.choice(('volume', 'snapshot'))
    found = tenant.pick(kind, 'available')
    if found is None:
        return None
    note = tenant.new_name()
    ask = tenant.clients(found.fate.project)

    def native():
        manager = (ask.cinder.volumes if kind == 'volume'
                   else ask.cinder.volume_snapshots)
        manager.update(found.id, description=note)

    def evs():
        ask.evs.works('update_' + kind, **{
            kind + '_id': found.id, 'body': {kind: {'description': note}}})

    return Asked('description', tenant.random.choice((native, evs)),
                 {found: found.fate.but(note=note)})


def extend(tenant: Tenant) -> Asked | None:
    volume = tenant.pick('volume', 'available', where=lambda each: (
        tenant.is_idle(each) and each.fate.size < 3))
    if volume is None:
        return None
    fate = volume.fate.but(size=volume.fate.size + 1)
    ask = tenant.clients(fate.project)

    def native():
        ask.cinder.volumes.extend(volume.id, fate.size)

    def evs():
        ask.evs.works('resize_volume', volume_id=volume.id, body={
            'os_extend': {'new_size': fate.size}})

    return Asked('extension', tenant.random.choice((native, evs)),
                 {volume: fate},
                 {volume: [volume.fate.but('error_extending'),
                           fate.but('error_extending')]})


def retype(tenant: Tenant) -> Asked | None:
    volume = tenant.pick('volume', 'available', where=lambda each: (
        tenant.is_idle(each)
        # Cinder takes its snapshots' quota to the new type, but not them.
        and not tenant.of('snapshot', each)))
    if volume is None:
        return None
    new_type = tenant.random.choice(_VOLUME_TYPES)
    ask = tenant.clients(volume.fate.project)

    def call():
        row = ask.cinder.volumes.get(volume.id)
        if row.volume_type != new_type:
            ask.cinder.volumes.retype(volume.id, new_type, 'never')

    return Asked('retype', call, {volume: volume.fate})


def migrate(tenant: Tenant) -> Asked | None:
    volume = tenant.pick('volume', 'available', where=lambda each: (
        not each.busy and not tenant.of('snapshot', each)))
    if volume is None:
        return None
    ask = tenant.clients(volume.fate.project)

    def call():
        with tenant.place.connected() as connection:
            host = tenant.place.rows(connection)[volume.id].at
        other, = set(_BACKENDS) - {host}
        ask.cinder.volumes.migrate_volume(volume.id, other, False, False)

    return Asked('migration', call, {volume: volume.fate})


def attach(tenant: Tenant) -> Asked | None:
    volume = tenant.pick('volume', 'available', where=tenant.is_idle)
    if volume is None:
        return None
    fate = volume.fate
    ask = tenant.clients(fate.project)
    connector = {'host': 'h', 'ip': '127.0.0.1',
                 'initiator': 'iqn.2026-01.org.example:h',
                 'multipath': False, 'platform': 'x86_64',
                 'os_type': 'linux'}

    def new():
        made = ask.cinder.attachments.create(
            volume.id, connector, str(uuid.uuid4()))
        ask.cinder.attachments.complete(
            made['connection_info']['attachment_id'])

    def old():
        ask.cinder.volumes.reserve(volume.id)
        ask.cinder.volumes.initialize_connection(volume.id, connector)
        ask.cinder.volumes.attach(
            volume.id, str(uuid.uuid4()), '/dev/vdb', host_name='h')

    return Asked('attachment', tenant.random.choice((new, old)),
                 {volume: fate.but('in-use')},
                 {volume: [fate.but('reserved')]})


def detach(tenant: Tenant) -> Asked | None:
    volume = tenant.pick('volume', 'in-use', 'reserved',
                         where=tenant.is_idle)
    if volume is None:
        return None
    ask = tenant.clients(volume.fate.project)
    return Asked('detachment', lambda: detach_all(ask, volume.id),
                 {volume: volume.fate.but('available')})


def detach_all(ask: clients.Clients, volume_id: str) -> None:
    """Delete every attachment of a volume."""
    for each in ask.cinder.attachments.list(
            search_opts={'volume_id': volume_id}):
        ask.cinder.attachments.delete(each.id)


def offer(tenant: Tenant) -> Asked | None:
    volume = tenant.pick('volume', 'available', where=lambda each: (
        tenant.is_idle(each) and not tenant.of('backup', each)
        and each.fate.project == tenant.project
        and all(snapshot.fate.status == 'available'
                for snapshot in tenant.of('snapshot', each))))
    if volume is None:
        return None
    ask = tenant.clients()

    def call():
        made = ask.cinder.transfers.create(volume.id, 'transfer')
        tenant.transfers[volume] = made.id, made.auth_key

    return Asked('offer', call,
                 {volume: volume.fate.but('awaiting-transfer')})


def end_offer(tenant: Tenant) -> Asked | None:
    """Accept it or take it back."""
    volume = tenant.pick('volume', 'awaiting-transfer',
                         where=tenant.is_idle)
    if volume is None:
        return None
    fate = volume.fate.but('available')
    if volume in tenant.transfers and tenant.chance(0.7):
        transfer, auth_key = tenant.transfers[volume]
        ask = tenant.clients(tenant.other_project)

        def call():
            ask.cinder.transfers.accept(transfer, auth_key)

        return Asked('transfer', call, {
            each: (fate if each is volume else each.fate).but(
                project=tenant.other_project)
            for each in [volume, *tenant.of('snapshot', volume)]})
    ask = tenant.clients()

    return Asked('end of an offer', lambda: take_back(ask, volume.id),
                 {volume: fate})


def take_back(ask: clients.Clients, volume_id: str) -> None:
    """Delete the offer of a volume, whoever was told of it."""
    for each in ask.cinder.transfers.list():
        if each.volume_id == volume_id:
            ask.cinder.transfers.delete(each.id)


def unmanage(tenant: Tenant) -> Asked | None:
    volume = tenant.pick('volume', 'available', where=lambda each: (
        not each.busy and not tenant.of('snapshot', each)
        and not tenant.of('backup', each)))
    if volume is None or tenant.count('file') > 1:
        return None
    fate = volume.fate
    ask = tenant.clients(fate.project)
    with tenant.place.connected() as connection:
        name_id = tenant.place.rows(connection)[volume.id].more['_name_id']
    file = tenant.new('file', name='volume-%s' % (name_id or volume.id))
    file.id = file.name
    return Asked(
        'unmanaging', lambda: ask.cinder.volumes.unmanage(volume.id),
        {volume: GONE, file: Fate('available', fate.size, '',
                                  fate.content)},
        {volume: _error(fate, 'error_unmanaging'), file: [GONE]})


def manage(tenant: Tenant) -> Asked | None:
    # While Cinder still has the volume, it is managed.
    there = {each.id for each in tenant.resources if each.kind == 'volume'}
    file = tenant.pick('file', where=lambda each: (
        each.name.removeprefix('volume-') not in there))
    if file is None:
        return None
    volume = tenant.new('volume')
    fate = Fate('available', file.fate.size, tenant.project,
                file.fate.content)
    ask = tenant.clients()

    def call():
        with tenant.place.connected() as connection:
            path = tenant.place.rows(connection)[file.name].at
        host, = (each for each in _BACKENDS
                 if '/%s/' % each.partition('#')[2] in path)
        return {volume: ask.cinder.volumes.manage(
            host, {'source-name': file.name}, name=volume.name).id}

    # Cinder knows no size yet.
    return Asked('managing', call, {volume: fate, file: GONE}, {
        volume: [each for size in (0, fate.size) for each in _error(
            fate.but(size=size), 'error', 'error_managing')],
        file: [file.fate]})


# Snapshots

def create_snapshot(tenant: Tenant) -> Asked | None:
    volume = tenant.pick('volume', 'available', 'in-use',
                         where=tenant.is_idle)
    if volume is None or tenant.count('snapshot') >= 8:
        return None
    snapshot = tenant.new('snapshot', volume)
    fate = Fate('available', volume.fate.size, volume.fate.project,
                volume.fate.content)
    ask = tenant.clients(fate.project)
    body = {'volume_id': volume.id, 'name': snapshot.name}

    def native():
        return {snapshot: ask.cinder.volume_snapshots.create(
            volume.id, name=snapshot.name).id}

    def v2():
        return {snapshot: ask.evs.works('create_snapshot', body={
            'snapshot': {**body, 'force': True}}).snapshot.id}

    def v5():
        return {snapshot: ask.evs.works('create_standard_snapshot', body={
            'snapshot': body}).snapshot_id}

    return Asked('snapshot creation', tenant.random.choice((native, v2, v5)),
                 {snapshot: fate, volume: volume.fate},
                 {snapshot: _error(fate)})


def create_snapshot_group(tenant: Tenant) -> Asked | None:
    volumes = tenant.free('volume', 'available', where=lambda each: (
        tenant.is_idle(each) and each.fate.project == tenant.project))
    if len(volumes) < 2 or tenant.count('snapshot') >= 8:
        return None
    volumes = tenant.random.sample(volumes, 2)
    name = tenant.new_name()
    made = [tenant.new('snapshot', volume, name) for volume in volumes]
    ends = {each: Fate('available', each.volume.fate.size, tenant.project,
                       each.volume.fate.content) for each in made}
    ask = tenant.clients()

    def call():
        ask.evs.works('create_snapshot_group', body={'snapshot_group': {
            'volume_ids': [each.id for each in volumes], 'name': name}})

    return Asked(
        'snapshot group creation', call,
        {**ends, **{each: each.fate for each in volumes}},
        {each: _error(fate) for each, fate in ends.items()})


def delete_snapshot(tenant: Tenant) -> Asked | None:
    snapshot = tenant.pick('snapshot', 'available', 'error',
                           where=lambda each: not each.volume.busy)
    if snapshot is None or (tenant.count('snapshot') < 3
                            and snapshot.fate.status == 'available'):
        return None
    ask = tenant.clients(snapshot.fate.project)

    def native():
        ask.cinder.volume_snapshots.delete(snapshot.id)

    def v2():
        ask.evs.works('delete_snapshot', snapshot_id=snapshot.id)

    def v5():
        ask.evs.works('delete_standard_snapshot', snapshot_id=snapshot.id)

    return Asked('snapshot deletion', tenant.random.choice((native, v2, v5)),
                 {snapshot: GONE})


def rollback(tenant: Tenant) -> Asked | None:
    snapshot = tenant.pick('snapshot', 'available', where=lambda each: (
        not each.volume.busy and each.volume.fate.status in (
            'available', 'error_rollbacking')))
    if snapshot is None:
        return None
    volume = snapshot.volume
    before = volume.fate
    fate = before.but('available', content=snapshot.fate.content)
    ask = tenant.clients(before.project)
    body = {'rollback': {'volume_id': volume.id}}

    def native():
        ask.cinder.volumes.revert_to_snapshot(volume.id, snapshot.id)

    def v2():
        ask.evs.works('rollback_snapshot', snapshot_id=snapshot.id,
                      body=body)

    def v5():
        ask.evs.works('rollback_standard_snapshot', snapshot_id=snapshot.id,
                      body=body)

    calls = [v2, v5]
    if (tenant.orderly and tenant.of('snapshot', volume)[-1] is snapshot
            and snapshot.fate.size == before.size):
        calls.append(native)
    return Asked('rollback', tenant.random.choice(calls),
                 {volume: fate, snapshot: snapshot.fate},
                 {volume: [before.but('error_rollbacking'),
                           fate.but('error_rollbacking')]})


def rollback_of_other(tenant: Tenant) -> Asked | None:
    """Is refused."""
    snapshot = tenant.pick('snapshot', 'available')
    other = tenant.pick('volume', where=lambda each: (
        snapshot is not None and each is not snapshot.volume
        and each.fate.project == snapshot.fate.project))
    if other is None:
        return None
    ask = tenant.clients(snapshot.fate.project)

    def call():
        ask.evs.works('rollback_snapshot', snapshot_id=snapshot.id,
                      body={'rollback': {'volume_id': other.id}})

    return Asked('forbidden rollback', call, {
        other: other.fate, snapshot: snapshot.fate}, refused=True)


# Backups

def create_backup(tenant: Tenant) -> Asked | None:
    """Of a volume or of a snapshot."""
    if tenant.count('backup') >= 4:
        return None
    source = tenant.pick(tenant.random.choice(('volume', 'snapshot')),
                         'available', where=lambda each: (
                             each.fate.project == tenant.project
                             and tenant.is_idle(each.volume or each)))
    if source is None:
        return None
    volume = source.volume or source
    backup = tenant.new('backup', volume)
    # Of a snapshot too, it has the size of the volume.
    fate = Fate('available', volume.fate.size, tenant.project,
                source.fate.content)
    incremental = source is volume and any(
        not each.busy and each.fate.status == 'available'
        for each in tenant.of('backup', volume)) and tenant.chance(0.6)
    ask = tenant.clients()

    def call():
        return {backup: ask.cinder.backups.create(
            volume.id, name=backup.name, incremental=incremental,
            snapshot_id=source.id if source is not volume else None).id}

    before = tenant.of('backup', volume) if incremental else []
    return Asked(
        'backup', call,
        {backup: fate, source: source.fate,
         **{each: each.fate for each in before if not each.busy}},
        {backup: _error(fate)})


def restore(tenant: Tenant) -> Asked | None:
    backup = tenant.pick('backup', 'available')
    volume = tenant.pick('volume', 'available', where=lambda each: (
        backup is not None and tenant.is_idle(each)
        and each.fate.project == tenant.project
        and each.fate.size >= backup.fate.size))
    if volume is None:
        return None
    # Beyond the backup's end, a larger volume keeps what it has: nothing.
    fate = volume.fate.but(content=backup.fate.content)
    ask = tenant.clients()

    def native():
        ask.cinder.restores.restore(backup.id, volume.id)

    def cbr():
        ask.cbr.works('restore_backup', backup_id=backup.id,
                      body={'restore': {'volume_id': volume.id}})

    return Asked('restoration', cbr if backup.fate.vault else native,
                 {volume: fate, backup: backup.fate},
                 {volume: _error(volume.fate, 'error_restoring')})


def delete_backup(tenant: Tenant) -> Asked | None:
    with tenant.place.connected() as connection:
        parents = {row.more['parent_id']
                   for row in tenant.place.rows(connection).values()
                   if row.kind == 'backup'}
    backup = tenant.pick('backup', 'available', 'error', where=lambda each: (
        each.id not in parents))
    if backup is None or tenant.count('backup') < 2:
        return None
    ask = tenant.clients()
    # What is to be deleted must not become a parent meanwhile.
    held = [each for each in [backup.volume] if not each.busy]

    def native():
        ask.cinder.backups.delete(backup.id)

    def cbr():
        ask.cbr.works('delete_backup', backup_id=backup.id)

    return Asked('backup deletion', cbr if backup.fate.vault else native,
                 {backup: GONE, **{each: each.fate for each in held}})


# CBR

def create_vault(tenant: Tenant) -> Asked | None:
    # A volume that is taken out of one loses its backups.
    if tenant.count('vault'):
        return None
    vault = tenant.new('vault')
    ask = tenant.clients()

    def call():
        return {vault: ask.cbr.works('create_vault', body={'vault': {
            'name': vault.name, 'resources': [], 'billing': {
                'consistent_level': 'crash_consistent', 'size': 50,
                'object_type': 'disk', 'protect_type': 'backup'}}}).vault.id}

    return Asked('vault creation', call,
                 {vault: Fate('available', 50, tenant.project)})


def delete_vault(tenant: Tenant) -> Asked | None:
    vault = tenant.pick('vault')
    if vault is None or not tenant.chance(0.3):
        return None
    backups = [each for each in tenant.resources if each.kind == 'backup'
               and any(fate and fate.vault == vault.id
                       for fate in each.fates)]
    if any(each.busy for each in backups):
        return None
    with tenant.place.connected() as connection:
        parents = {row.more['parent_id']: row.more.get('vault')
                   for row in tenant.place.rows(connection).values()
                   if row.kind == 'backup'}
    if any(each.id in parents and parents[each.id] != vault.id
           for each in backups):
        return None
    ask = tenant.clients()
    return Asked(
        'vault deletion',
        lambda: ask.cbr.works('delete_vault', vault_id=vault.id),
        dict.fromkeys([vault, *backups], GONE))


def checkpoint(tenant: Tenant) -> Asked | None:
    """Put volumes into a vault and back them up."""
    vault = tenant.pick('vault')
    if vault is None or tenant.count('backup') >= 4:
        return None
    volumes = tenant.free('volume', 'available', where=lambda each: (
        tenant.is_idle(each) and each.fate.project == tenant.project
        and not any(other.busy for other in tenant.of('backup', each))))
    if not volumes:
        return None
    volumes = tenant.random.sample(
        volumes, tenant.random.randint(1, min(2, len(volumes))))
    name = tenant.new_name()
    made = [tenant.new('backup', volume, name) for volume in volumes]
    ends = {each: Fate('available', each.volume.fate.size, tenant.project,
                       each.volume.fate.content, vault=vault.id)
            for each in made}
    ask = tenant.clients()
    incremental = tenant.chance(0.5)
    before = [each for volume in volumes
              for each in tenant.of('backup', volume)]

    def call():
        there = {each.id for each in ask.cbr.works(
            'show_vault', vault_id=vault.id).vault.resources}
        new = [{'id': each.id, 'type': 'OS::Cinder::Volume'}
               for each in volumes if each.id not in there]
        if new:
            ask.cbr.works('add_vault_resource', vault_id=vault.id,
                          body={'resources': new})
        ask.cbr.works('create_checkpoint', body={'checkpoint': {
            'vault_id': vault.id, 'parameters': {
                'name': name, 'incremental': incremental,
                'resources': [each.id for each in volumes]}}})

    return Asked(
        'checkpoint', call,
        {**ends, vault: vault.fate,
         **{each: each.fate for each in [*volumes, *before]}},
        {each: _error(fate) for each, fate in ends.items()})


# Rules

def create_rule(tenant: Tenant) -> Asked | None:
    if tenant.count('rule') >= 3:
        return None
    rule = tenant.new('rule')
    ask = tenant.clients()

    def call():
        made = ask.session.post(ask.control('/rules'), json={'rule': {
            'operation': 'snapshot-create', 'action': 'fail',
            'description': rule.name,
            'match': {'project_id': 'nobody'}}}).json()['rule']
        return {rule: made['id']}

    return Asked('rule creation', call, {rule: Fate('available', 0, '')})


def delete_rule(tenant: Tenant) -> Asked | None:
    rule = tenant.pick('rule')
    if rule is None:
        return None
    ask = tenant.clients()
    return Asked('rule deletion', lambda: ask.session.delete(
        ask.control('/rules/' + rule.id)), {rule: GONE})


#: What is asked for, and how often.
ALL: tuple[tuple[Callable[[Tenant], Asked | None], int], ...] = (
    (create_volume, 4), (copy_volume, 4), (delete_volume, 3),
    (delete_volume_in_use, 1), (write, 5), (describe, 2), (extend, 2),
    (retype, 1), (migrate, 1), (attach, 2), (detach, 4), (offer, 1),
    (end_offer, 4), (unmanage, 1), (manage, 4), (create_snapshot, 6),
    (create_snapshot_group, 1), (delete_snapshot, 3), (rollback, 6),
    (rollback_of_other, 1), (create_backup, 3), (restore, 2),
    (delete_backup, 2), (create_vault, 2), (delete_vault, 1),
    (checkpoint, 3), (create_rule, 1), (delete_rule, 1))


def choose(tenant: Tenant) -> Asked | None:
    """What a client does next; None if there is nothing that it can."""
    operations, weights = zip(*ALL, strict=True)
    for operation in tenant.random.choices(operations, weights, k=30):
        asked = operation(tenant)
        if asked is not None:
            return asked
    return None
