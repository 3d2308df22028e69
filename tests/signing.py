# SPDX-License-Identifier: Apache-2.0
"""Clients that sign: Huawei's own SDK, and the older grammar."""

import hashlib
import hmac
import re
from urllib import parse

from huaweicloudsdkcore import sdk_request
from huaweicloudsdkcore.auth import credentials
from huaweicloudsdkcore.signer import signer

HOST = '127.0.0.1:8776'


def sign(method: str, path: str, query=(), headers=None, body: str = '', *,
         access_key: str, secret_key: str, date: str, host: str = HOST
         ) -> tuple[str, dict[str, str]]:
    """Have the SDK's own signer sign a request.

    :param path: as it will be on the wire.
    :param date: as ``20261123T175206Z``.
    :returns: path and query, and the headers, as they go on the wire.
    """
    request = sdk_request.SdkRequest(
        method=method, schema='http', host=host, resource_path=path,
        query_params=list(query), body=body, header_params={
            'Content-Type': 'application/json', 'X-Sdk-Date': date,
            'User-Agent': 'huaweicloud-usdk-python/3.0', **(headers or {})})
    signer.Signer(credentials.BasicCredentials(
        access_key, secret_key)).sign(request)
    return request.uri, request.header_params


def sign_older(method: str, path: str, query: str = '', headers=None,
               body: str | None = None, *, access_key: str, secret_key: str,
               date: str, region: str = '', service: str = '',
               host: str = HOST) -> tuple[str, dict[str, str]]:
    """Sign as gophertelekomcloud does: step by step what its source does."""
    headers = {'Accept': 'application/json',
               'Content-Type': 'application/json', 'Host': host,
               'X-Sdk-Date': date, **(headers or {})}
    names = sorted(headers, key=str.lower)
    canonical = ''.join('%s:%s\n' % (
        name.lower(), re.sub(r'\s+', ' ', headers[name])) for name in names)
    signed = ';'.join(name.lower() for name in names)
    values = parse.parse_qs(query, keep_blank_values=True)
    if method == 'POST' and body is None:
        payload = parse.urlencode(sorted(values.items()), doseq=True)
        canonical_query = ''
    else:
        payload = body or ''
        canonical_query = '&'.join(
            '%s=%s' % (name, parse.quote(values[parse.unquote(name)][0],
                                         safe='~'))
            for name in sorted((parse.quote(name, safe='~')
                                for name in values), key=str.lower))
    request = '\n'.join([
        method, parse.quote(path + '/', safe='/~'), canonical_query,
        canonical, signed, hashlib.sha256(payload.encode()).hexdigest()])
    scope = '/'.join([date[:8], region, service, 'sdk_request'])
    key = b'SDK' + secret_key.encode()
    for part in scope.split('/'):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, '\n'.join([
        'SDK-HMAC-SHA256', date, scope,
        hashlib.sha256(request.encode()).hexdigest()]).encode(),
        hashlib.sha256).hexdigest()
    headers['Authorization'] = (
        'SDK-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s' % (
            access_key, scope, signed, signature))
    return parse.quote(path) + ('?' + query if query else ''), headers
