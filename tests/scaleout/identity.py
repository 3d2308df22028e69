# SPDX-License-Identifier: Apache-2.0
"""Who the clients of a deployment are: anybody, or users of a Keystone."""

import pathlib
from collections.abc import Mapping

from evs_fake.cloud import address
from evs_fake.cloud import neighbours
from evs_fake.cloud import state_dir
from evs_fake.cloud.identity import accounts
from evs_fake.cloud.identity import clients


class Noauth:
    """Clients are who they say.

    :ivar strategy: Cinder's word for it.
    :ivar authtoken: the section of cinder.conf by which tokens are validated.
    :ivar urls: for ``endpoint.json``.
    """

    strategy = 'noauth'
    authtoken = ''

    def __init__(self) -> None:
        self.urls: dict[str, str] = {}

    def start(self, urls: Mapping[str, str]) -> None:
        """Have it serve.

        :param urls: of Cinder and CBR, by kind of process.
        """

    def stop(self) -> None:
        """End what was started."""

    def project(self) -> str:
        """Id of the administrator's project."""
        return 'admin'

    def headers(self) -> dict[str, str]:
        """Of the administrator's requests."""
        return {'X-Auth-Token': 'admin:admin'}


class Keystone(Noauth):
    """The embedded cloud's Keystone and users, beside another Cinder.

    :param top: the deployment's directory, which gets what a cloud's state
        directory has of it: ``identity`` and ``clouds.yaml``.
    """

    strategy = 'keystone'

    def __init__(self, top: pathlib.Path) -> None:
        super().__init__()
        self._state = state_dir.StateDir(top)
        self._state.make()
        self._services = neighbours.Neighbours(
            self._state, address.Address(), 0, None)
        self.urls.update(self._services.urls)
        self.authtoken = self._services.cinder_settings()['authtoken']

    def start(self, urls: Mapping[str, str]) -> None:
        self._services.start(urls['api'], urls['cbr'])
        self._services.wait_ready()
        self._session = clients.log_in(
            self.urls['identity'], accounts.ADMIN,
            accounts.read_passwords(self._state)[accounts.ADMIN.name])

    def stop(self) -> None:
        self._services.stop()

    def project(self) -> str:
        return self._session.get_project_id()

    def headers(self) -> dict[str, str]:
        return self._session.get_auth_headers()
