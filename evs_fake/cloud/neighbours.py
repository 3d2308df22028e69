# SPDX-License-Identifier: Apache-2.0
"""The services beside Cinder that a cloud may have: Keystone and Glance."""

import importlib.util
import shutil
import socket
from collections.abc import Callable

from evs_fake.cloud import address
from evs_fake.cloud import exception
from evs_fake.cloud import state_dir
from evs_fake.cloud.child import parent
from evs_fake.cloud.identity import accounts
from evs_fake.cloud.identity import clients
from evs_fake.cloud.identity import settings as identity_settings
from evs_fake.cloud.image import settings as image_settings

#: Cinder's types in the catalog: its name, and what clients still call it.
_CINDER = ('block-storage', 'volumev3', 'block-store')


class Neighbours:
    """Those of one cloud; there may be none.

    :ivar urls: by the name that ``endpoint.json`` has for each.
    """

    def __init__(self, state: state_dir.StateDir, where: address.Address,
                 identity_port: int | None, image_port: int | None) -> None:
        """Take their ports.

        :param where: that they listen.
        :param identity_port: None is a cloud without Keystone.
        :param image_port: None is one without Glance.
        :raises CloudError: something that they need is not there.
        """
        self._state = state
        self._where = where
        self._passwords: dict[str, str] = {}
        self._identity = self._image = None
        self.urls: dict[str, str] = {}
        if identity_port is not None:
            _require('keystone', 'identity', '--auth keystone')
            self._passwords = accounts.make_passwords(state)
            self._identity = self._child(
                'Keystone', 'identity', state.identity_log,
                where.listen(identity_port))
        if image_port is not None:
            _require('glance', 'image', '--image')
            if shutil.which('qemu-img') is None:
                raise exception.CloudError(
                    '--image needs the command qemu-img, with which Cinder '
                    'converts images. Debian has it in qemu-utils, Fedora '
                    'in qemu-img.')
            self._image = self._child(
                'Glance', 'image', state.image_log,
                where.listen(image_port))

    def _child(self, name: str, package: str, log,
               listener: socket.socket) -> parent.Child:
        self.urls[package] = self._where.url(listener)
        return parent.Child(
            name, 'evs_fake.cloud.%s.process' % package, listener,
            self.urls[package], log)

    @property
    def _children(self) -> list[parent.Child]:
        return [each for each in (self._identity, self._image)
                if each is not None]

    @property
    def names(self) -> str:
        """For users."""
        return ' and '.join(each.name for each in self._children)

    def start(self, cinder: str, cbr: str) -> None:
        """Have them start, while the caller does something else.

        :param cinder: URL of Cinder and EVS.
        :param cbr: URL of CBR.
        """
        directory = str(self._state.path)
        if self._identity:
            self._state.write(self._state.identity_settings,
                              identity_settings.render(self._state))
            self._identity.start({
                'state_dir': directory, 'passwords': self._passwords,
                'catalog': self._catalog(cinder, cbr)})
        if self._image:
            self._state.write(self._state.image_settings,
                              image_settings.render(
                                  self._state, self._image.url,
                                  self._authtoken(accounts.GLANCE)))
            self._image.start({
                'state_dir': directory,
                'names': None if self._identity else self._where.called})

    def _catalog(self, cinder: str, cbr: str) -> dict[str, str]:
        catalog = {'identity': self._identity.url + '/v3',
                   'evs': cinder + '/v2/$(project_id)s',
                   'cbr': cbr + '/v3/$(project_id)s'}
        catalog.update(dict.fromkeys(
            _CINDER, cinder + '/v3/$(project_id)s'))
        if self._image:
            catalog['image'] = self._image.url
        return catalog

    def _authtoken(self, user: accounts.User) -> str:
        if self._identity is None:
            return ''
        return identity_settings.authtoken(
            self._identity.url, user, self._passwords[user.name])

    def cinder_settings(self) -> dict[str, str | None]:
        """What of them is in cinder.conf: arguments of its template's."""
        return {'auth': 'keystone' if self._identity else 'noauth',
                'image_url': self._image and self._image.url,
                'authtoken': self._authtoken(accounts.CINDER)}

    def wait_ready(self) -> None:
        """Wait until they serve; the first start makes the first image.

        :raises CloudError: one does not come to that.
        """
        for each in self._children:
            each.wait_ready()
        session = None
        if self._identity:
            clients.write_clouds(self._state, self._identity.url,
                                 self._passwords)
            session = clients.log_in(
                self._identity.url, accounts.ADMIN,
                self._passwords[accounts.ADMIN.name])
        if self._image:
            # Here, so that a cloud without images does not wait for it.
            from evs_fake.cloud.image import seed
            seed.sow(self._state, self._image.url, session)

    def watch(self, died: Callable[[str], None]) -> None:
        """Have it told if one ends by itself."""
        for each in self._children:
            each.watch(died)

    def stop(self) -> None:
        for each in self._children:
            each.stop()


def _require(package: str, extra: str, option: str) -> None:
    if importlib.util.find_spec(package) is None:
        raise exception.CloudError(
            '%s needs %s. Install it: pip install "evs-fake[%s]"' % (
                option, package.capitalize(), extra))
