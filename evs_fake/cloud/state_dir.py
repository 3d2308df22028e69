# SPDX-License-Identifier: Apache-2.0
"""The directory that keeps a cloud: database, bytes, settings and logs."""

import dataclasses
import fcntl
import json
import os
import pathlib
import stat
import tempfile
from typing import Any
from typing import IO

from evs_fake.cloud import exception


def escape(path: pathlib.Path | str) -> str:
    """A value in an oslo.config file, where ``$`` begins a variable."""
    return str(path).replace('$', '$$')


def default_path() -> pathlib.Path:
    """Where a cloud lives unless told otherwise (XDG base directories)."""
    home = os.environ.get('XDG_STATE_HOME') or os.path.expanduser(
        '~/.local/state')
    return pathlib.Path(home) / 'evs-fake'


@dataclasses.dataclass(frozen=True)
class StateDir:
    path: pathlib.Path

    @property
    def database(self) -> pathlib.Path:
        return self.path / 'cinder.sqlite'

    @property
    def schema(self) -> pathlib.Path:
        """Says for which migrations and seeds the database is up to date."""
        return self.path / 'schema'

    @property
    def settings(self) -> pathlib.Path:
        return self.path / 'cinder.conf'

    @property
    def policies(self) -> pathlib.Path:
        """The user's, in the place of the defaults."""
        return self.path / 'policy.yaml'

    @property
    def policy_directory(self) -> pathlib.Path:
        """More of them, in as many files as the user likes."""
        return self.path / 'policy.d'

    @property
    def log(self) -> pathlib.Path:
        return self.path / 'log' / 'evs-fake.log'

    @property
    def backups(self) -> pathlib.Path:
        return self.path / 'backups'

    @property
    def states(self) -> pathlib.Path:
        """What was saved, a directory for each."""
        return self.path / 'states'

    @property
    def journal(self) -> pathlib.Path:
        """Says what a reset that is under way has to move."""
        return self.path / 'reset.json'

    @property
    def endpoint(self) -> pathlib.Path:
        return self.path / 'endpoint.json'

    # With Keystone

    @property
    def identity(self) -> pathlib.Path:
        return self.path / 'identity'

    @property
    def identity_settings(self) -> pathlib.Path:
        return self.identity / 'keystone.conf'

    @property
    def identity_database(self) -> pathlib.Path:
        return self.identity / 'keystone.sqlite'

    @property
    def identity_log(self) -> pathlib.Path:
        return self.log.with_name('keystone.log')

    @property
    def passwords(self) -> pathlib.Path:
        """Of all users that the cloud makes."""
        return self.identity / 'passwords.json'

    @property
    def token_keys(self) -> pathlib.Path:
        return self.identity / 'fernet-keys'

    @property
    def credential_keys(self) -> pathlib.Path:
        return self.identity / 'credential-keys'

    @property
    def users_clouds(self) -> pathlib.Path:
        """The clouds.yaml of these users."""
        return self.path / 'clouds.yaml'

    # With Glance

    @property
    def image(self) -> pathlib.Path:
        return self.path / 'image'

    @property
    def image_settings(self) -> pathlib.Path:
        return self.image / 'glance-api.conf'

    @property
    def image_database(self) -> pathlib.Path:
        return self.image / 'glance.sqlite'

    @property
    def image_log(self) -> pathlib.Path:
        return self.log.with_name('glance.log')

    @property
    def image_seeded(self) -> pathlib.Path:
        """Says that the cloud had its first image."""
        return self.image / 'seeded'

    # Of one project

    def clouds(self, project: str) -> pathlib.Path:
        """The clouds.yaml by which openstacksdk works in a project."""
        return self.path / 'clouds' / (project + '.yaml')

    def credential(self, project: str) -> pathlib.Path:
        """The access key by which Huawei's SDKs work in a project."""
        return self.path / 'credentials' / (project + '.json')

    def pool(self, backend: str) -> pathlib.Path:
        return self.path / 'pools' / backend

    def make(self) -> None:
        """Make the directory, for its owner only.

        :raises CloudError: if it cannot be made or written to, or somebody
            else can change what is in it.
        """
        try:
            for path in (self.path, self.log.parent, self.backups,
                         self.states, self.policy_directory,
                         self.path / 'clouds',
                         self.path / 'credentials', self.path / 'lock',
                         self.identity, self.image):
                path.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._require_own(path)
            with tempfile.TemporaryFile(dir=self.path):
                pass
        except OSError as error:
            raise exception.CloudError(
                'cannot use %s as state directory: %s. Give another one '
                'with --state-dir.' % (self.path, error.strerror)) from error

    @staticmethod
    def _require_own(path: pathlib.Path) -> None:
        found = path.stat()
        # The system's administrator can change everything anyway; and he may
        # serve what is a user's, as in a container.
        if os.geteuid() and found.st_uid not in (0, os.geteuid()):
            raise exception.CloudError(
                'directory %s belongs to another user. Give another one with '
                '--state-dir.' % path)
        if found.st_mode & stat.S_IWOTH:
            raise exception.CloudError(
                'everybody may write to directory %s. Give another one with '
                '--state-dir, or do "chmod o-w %s".' % (path, path))

    def lock(self) -> IO[str]:
        """Keep every other ``serve`` out for as long as the file is open.

        :raises CloudError: if another one is in.
        """
        path = self.path / 'lock' / 'serve'
        held = path.open('a')
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.close()
            raise exception.CloudError(
                'another evs-fake serves %s already%s. Stop it, or give '
                'another --state-dir.' % (self.path, self._by_whom())
            ) from None
        return held

    def _by_whom(self) -> str:
        try:
            endpoint = self.read_endpoint()
        except exception.CloudError:
            return ''
        return ' (pid %(pid)s, %(url)s)' % endpoint

    def write(self, path: pathlib.Path, text: str) -> None:
        """Replace a file as a whole, readable by its owner only."""
        with tempfile.NamedTemporaryFile(
                'w', dir=path.parent, prefix='.' + path.name,
                delete=False) as temporary:
            temporary.write(text)
            temporary.flush()
            os.fsync(temporary.fileno())
        os.rename(temporary.name, path)

    def write_endpoint(self, endpoint: dict[str, Any]) -> None:
        self.write(self.endpoint, json.dumps(endpoint, indent=2) + '\n')

    def read_endpoint(self) -> dict[str, Any]:
        """What a running cloud wrote when it was ready.

        :raises CloudError: if no cloud runs on this directory.
        """
        try:
            return json.loads(self.endpoint.read_text())
        except FileNotFoundError:
            raise exception.CloudError(
                'no cloud runs on %s. Start one: evs-fake serve '
                '--state-dir %s' % (self.path, self.path)) from None
        except (OSError, ValueError) as error:
            raise exception.CloudError(
                'cannot read %s: %s' % (self.endpoint, error)) from error
