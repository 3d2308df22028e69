# SPDX-License-Identifier: Apache-2.0
"""Plain members of projects, who sign: nobody's administrators."""

from typing import Any

import requests

from tests.functional import cloud
from tests.functional import signed


class Tenant:
    """One with an access key to a project.

    Unlike whom the cloud takes without a token, no administrator: sees what
    a customer sees.
    """

    def __init__(self, own: cloud.Cloud, project: str) -> None:
        self.project = project
        self._cloud = own
        keys = own.credentials(project)
        self._session = requests.Session()
        self._session.auth = signed.SdkAuth(keys.ak, keys.sk)

    def close(self) -> None:
        self._session.close()

    def request(self, method: str, path: str, body: Any = None,
                service: str = 'url', **kwargs: Any) -> requests.Response:
        """Ask for a path, in which ``{project_id}`` is the tenant's.

        :param service: whose endpoint: ``url`` (EVS's and Cinder's), ``cbr``.
        """
        return self._session.request(
            method, self._cloud.endpoint[service].removesuffix('/') +
            path.replace('{project_id}', self.project), json=body,
            timeout=cloud.TIMEOUT, **kwargs)
