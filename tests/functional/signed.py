# SPDX-License-Identifier: Apache-2.0
"""Requests of any kind, signed in either grammar."""

import dataclasses
import datetime
from collections.abc import Mapping
from urllib import parse

import requests
from requests import auth

from tests import signing
from tests.functional import cloud

#: Of Huawei's SDKs, by the signer of the Python one; and gophertelekomcloud's.
SDK, OLDER = GRAMMARS = ('Access', 'Credential')


@dataclasses.dataclass(frozen=True)
class Keys:
    """An access key, and its secret."""

    access_key: str
    secret_key: str


@dataclasses.dataclass(frozen=True)
class Request:
    """A request as it goes out.

    :ivar url: whole.
    :ivar headers: signed ones among them.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: str = ''

    def send(self) -> requests.Response:
        return requests.request(
            self.method, self.url, headers=self.headers,
            data=self.body.encode() or None, timeout=cloud.TIMEOUT)


def sign(keys: Keys, method: str, url: str, body: str = '', *,
         grammar: str = SDK, seconds: float = 0,
         headers: Mapping[str, str] | None = None) -> Request:
    """Sign a request.

    :param seconds: from now to the date of the signature.
    :param headers: that are signed as well.
    """
    parts = parse.urlsplit(url)
    options = {**dataclasses.asdict(keys), 'date': date(seconds),
               'host': parts.netloc}
    if grammar == OLDER:
        path, signed = signing.sign_older(
            method, parts.path, parts.query, headers, body or None,
            region='r', service='s', **options)
    else:
        path, signed = signing.sign(
            method, parts.path,
            parse.parse_qsl(parts.query, keep_blank_values=True), headers,
            body, **options)
    return Request(
        method, '%s://%s%s' % (parts.scheme, parts.netloc, path), signed,
        body)


def date(seconds: float = 0) -> str:
    """Of a signature, so many seconds from now."""
    return (datetime.datetime.now(datetime.UTC) + datetime.timedelta(
        seconds=seconds)).strftime('%Y%m%dT%H%M%SZ')


class SdkAuth(auth.AuthBase):
    """Has requests' own sessions sign as the SDK does."""

    def __init__(self, access_key: str, secret_key: str) -> None:
        self._keys = Keys(access_key, secret_key)

    def __call__(self, request: requests.PreparedRequest
                 ) -> requests.PreparedRequest:
        body = request.body or ''
        request.headers.update(sign(
            self._keys, request.method, request.url,
            body.decode() if isinstance(body, bytes) else body).headers)
        return request
