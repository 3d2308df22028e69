# SPDX-License-Identifier: Apache-2.0
"""A project's clients of all APIs, and what their errors mean."""

from __future__ import annotations

import functools
import types
from http import HTTPStatus
from typing import Any

import requests
from cinderclient import exceptions as cinder_exceptions
from huaweicloudsdkcbr import v1 as cbr
from huaweicloudsdkcore.exceptions import exceptions as sdk_exceptions
from huaweicloudsdkevs import v2 as evs
from keystoneauth1 import exceptions as keystone_exceptions

from tests.functional import cloud
from tests.functional.sdk import methods


class Declined(Exception):
    """A client thought better of it."""

    code = HTTPStatus.CONFLICT


#: What the clients of all APIs raise.
ERRORS = (cinder_exceptions.ClientException,
          keystone_exceptions.ClientException,
          sdk_exceptions.SdkException, requests.RequestException, Declined)


def answer_of(error: Exception) -> int | None:
    """The status that an error says was answered; None if nothing was."""
    for name in ('code', 'http_status', 'status_code'):
        status = getattr(error, name, None)
        if isinstance(status, int) and status >= 400:
            return status
    return None


class Clients:
    """Stock clients of one project; they are made when first used.

    :ivar project: its id.
    """

    def __init__(self, served: cloud.Cloud, project: str,
                 credentials: Any = None) -> None:
        """Nothing is asked of the cloud yet.

        :param credentials: an access key that there is already.
        """
        self._cloud = served
        self.project = project
        self._credentials = credentials

    @functools.cached_property
    def cinder(self) -> Any:
        """python-cinderclient."""
        return self._cloud.client(self.project)

    @functools.cached_property
    def session(self) -> Any:
        return self._cloud.session(self.project)

    @functools.cached_property
    def credentials(self) -> Any:
        """An access key for the SDKs."""
        return self._credentials or self._cloud.credentials(self.project)

    @functools.cached_property
    def evs(self) -> methods.Methods:
        """huaweicloudsdkevs."""
        return self._sdk(evs.EvsClient, evs, self._cloud.url)

    @functools.cached_property
    def cbr(self) -> methods.Methods:
        """huaweicloudsdkcbr."""
        return self._sdk(cbr.CbrClient, cbr, self._cloud.endpoint['cbr'])

    def control(self, path: str) -> str:
        """A URL of the control API."""
        return self._cloud.endpoint['control'] + path

    def renewed(self, served: cloud.Cloud) -> Clients:
        """The same for a cloud that was started anew."""
        return Clients(served, self.project,
                       self.__dict__.get('credentials', self._credentials))

    def _sdk(self, client: Any, package: types.ModuleType, url: str
             ) -> methods.Methods:
        return methods.Methods(
            client.new_builder().with_credentials(
                self.credentials).with_endpoints([url]).build(), package, {})
