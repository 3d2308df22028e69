# SPDX-License-Identifier: Apache-2.0
"""A state directory that an earlier version made, under the present one.

``python -m tests.suites.upgrade [COMMIT]`` (the default: the first) has that
commit's ``evs-fake serve`` fill a state directory, and the present one open
it. With ``--archive FILE`` it keeps the directory as it was in between: the
file in ``tests/functional/data`` was made so, and
``tests/functional/test_upgrade.py`` opens it.
"""

import argparse
import contextlib
import io
import pathlib
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from typing import Any

from tests.functional import cloud

_TOP = pathlib.Path(__file__).parents[2]

PROJECT = 'upgraded'
#: Bytes at the beginning of volumes, and in the second half: what is in
#: between is a hole.
FIRST, SECOND = b'first ' * 1000, b'second ' * 1000
FAR = 1 << 29

#: Names of what there is -> the status that it is in.
VOLUMES = {'whole': 'available', 'cloned': 'available'}
SNAPSHOTS = {'first': 'available', 'second': 'available', 'failed': 'error',
             'undeletable': 'error_deleting'}
BACKUPS = {'of volume': 'available'}

#: What a start makes anew, and what would tell of this machine.
_LEFT_OUT = ('endpoint.json', 'log', 'lock', 'cinder.conf', 'clouds')


class OldCloud(cloud.Cloud):
    """An ``evs-fake serve`` of another commit's code."""

    def __init__(self, source: pathlib.Path,
                 state_dir: pathlib.Path) -> None:
        super().__init__(state_dir, environment={
            'PYTHONPATH': str(source), 'PYTHONSAFEPATH': '1'})


def make(running: cloud.Cloud) -> None:
    """Fill a cloud."""
    cinder = running.client(PROJECT)

    def settled() -> None:
        cloud.until(lambda: not running.unsettled(), 'the end of all work')

    def snapshot(name: str, **metadata: str) -> Any:
        made = cinder.volume_snapshots.create(
            whole.id, name=name, metadata={
                'evs_fake:' + key.replace('_', '-'): value
                for key, value in metadata.items()})
        settled()
        return made

    whole = cinder.volumes.create(1, name='whole')
    settled()
    _write(running, whole, FIRST)
    snapshot('first')
    _write(running, whole, SECOND)
    second = snapshot('second')
    snapshot('failed', snapshot_create='fail')
    undeletable = snapshot('undeletable', snapshot_delete='fail')
    undeletable.delete()
    cinder.volumes.create(1, name='cloned', snapshot_id=second.id)
    cinder.backups.create(whole.id, name='of volume')
    settled()


def _write(running: cloud.Cloud, volume: Any, data: bytes) -> None:
    with open(running.pool_file(volume.id), 'r+b') as file:
        for place in (0, FAR):
            file.seek(place)
            file.write(data)


def check(running: cloud.Cloud) -> None:
    """Look at all that :func:`make` made, and go on with it.

    :raises AssertionError: something is not as it was, or does not work.
    """
    cinder = running.client(PROJECT)

    def settled() -> None:
        cloud.until(lambda: not running.unsettled(), 'the end of all work')

    def named(manager: Any) -> dict[str, Any]:
        return {each.name: each for each in manager.list()}

    volumes, snapshots, backups = map(named, (
        cinder.volumes, cinder.volume_snapshots, cinder.backups))
    _same({'volumes': VOLUMES, 'snapshots': SNAPSHOTS, 'backups': BACKUPS}, {
        kind: {name: each.status for name, each in found.items()}
        for kind, found in (('volumes', volumes), ('snapshots', snapshots),
                            ('backups', backups))})

    def read(resource: Any) -> bytes:
        with open(running.pool_file(resource.id), 'rb') as file:
            halves = []
            for place in (0, FAR):
                file.seek(place)
                halves.append(file.read(len(SECOND)).rstrip(b'\0'))
        _same(*halves)
        return halves[0]

    whole = volumes['whole']
    _same(FIRST, read(snapshots['first']))
    for each in (whole, volumes['cloned'], snapshots['second']):
        _same(SECOND, read(each))
    # What came since works on it: a rollback to the older one, and history.
    session = running.session(PROJECT)
    session.post('%s/v2/%s/cloudsnapshots/%s/rollback' % (
        running.url, PROJECT, snapshots['first'].id),
        json={'rollback': {'volume_id': whole.id}})
    settled()
    # Its longer second bytes are gone, too.
    _same(FIRST, read(whole))
    _same('available', cinder.volumes.get(whole.id).status)
    history = session.get(running.endpoint['control'] + '/history', params={
        'resource_id': whole.id}).json()['history']
    _same(['rollbacking', 'available'],
          [change['new_status'] for change in history][-2:])
    restored = cinder.restores.restore(backups['of volume'].id)
    settled()
    _same(SECOND, read(cinder.volumes.get(restored.volume_id)))
    for _attempt in range(2):
        for each in named(cinder.volume_snapshots).values():
            each.delete(force=True)
        settled()
        # Its metadata still says that it cannot be deleted.
        for each in named(cinder.volume_snapshots).values():
            _same(('undeletable', 'error_deleting'), (each.name, each.status))
            cinder.volume_snapshots.delete_metadata(
                each, ['evs_fake:snapshot-delete'])
    _same({}, named(cinder.volume_snapshots))


def _same(expected: object, found: object) -> None:
    if expected != found:
        raise AssertionError('%r, not %r' % (found, expected))


@contextlib.contextmanager
def _started(running: cloud.Cloud) -> Iterator[cloud.Cloud]:
    running.start()
    try:
        yield running
        _same(0, running.stop())
    finally:
        if running.running:
            running.kill()


def pack(state_dir: pathlib.Path, archive: pathlib.Path) -> None:
    """Keep a state directory in a file; holes stay holes."""
    subprocess.run(
        ['tar', '--create', '--sparse', '--xz', '--file', str(archive),
         '--owner=0', '--group=0', '--sort=name', '--mtime=2026-11-23',
         *('--exclude=./' + name for name in _LEFT_OUT),
         '--directory', str(state_dir), '.'], check=True)


def unpack(archive: pathlib.Path, state_dir: pathlib.Path) -> None:
    """Make a state directory of what :func:`pack` kept."""
    with tarfile.open(archive) as tar:
        tar.extractall(state_dir, filter='data')


def _first_commit() -> str:
    return subprocess.run(
        ['git', 'rev-list', '--max-parents=0', 'HEAD'], cwd=_TOP, check=True,
        capture_output=True, text=True).stdout.split()[-1]


def _source(commit: str, directory: pathlib.Path) -> None:
    """The code of a commit."""
    tree = subprocess.run(
        ['git', 'archive', commit, 'evs_fake'], cwd=_TOP, check=True,
        capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(tree)) as tar:
        tar.extractall(directory, filter='data')


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('commit', nargs='?')
    parser.add_argument('--archive', type=pathlib.Path)
    parsed = parser.parse_args(arguments)
    commit = parsed.commit or _first_commit()
    with tempfile.TemporaryDirectory(prefix='evs-fake-') as top:
        source, state_dir = (pathlib.Path(top, name)
                             for name in ('source', 'state'))
        _source(commit, source)
        with _started(OldCloud(source, state_dir)) as old:
            make(old)
        if parsed.archive:
            pack(state_dir, parsed.archive)
        with _started(cloud.Cloud(state_dir)) as present:
            check(present)
    print('what %s made is whole' % commit[:12])
    return 0


if __name__ == '__main__':
    sys.exit(main())
