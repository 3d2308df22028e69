# SPDX-License-Identifier: Apache-2.0
"""Requests of any kind, signed by the signer of Huawei's own SDK."""

import datetime
from urllib import parse

import requests
from requests import auth

from tests import signing


def date(seconds: float = 0) -> str:
    """Of a signature, so many seconds from now."""
    return (datetime.datetime.now(datetime.UTC) + datetime.timedelta(
        seconds=seconds)).strftime('%Y%m%dT%H%M%SZ')


class SdkAuth(auth.AuthBase):
    """Signs each request as the SDK does, body and query too."""

    def __init__(self, access_key: str, secret_key: str) -> None:
        self._keys = {'access_key': access_key, 'secret_key': secret_key}

    def __call__(self, request: requests.PreparedRequest
                 ) -> requests.PreparedRequest:
        url = parse.urlsplit(request.url)
        body = request.body or ''
        _uri, headers = signing.sign(
            request.method, url.path,
            parse.parse_qsl(url.query, keep_blank_values=True),
            body=body.decode() if isinstance(body, bytes) else body,
            date=date(), host=url.netloc, **self._keys)
        request.headers.update(headers)
        return request
