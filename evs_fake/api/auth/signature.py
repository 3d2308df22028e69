# SPDX-License-Identifier: Apache-2.0
"""Huawei's signature of requests, SDK-HMAC-SHA256: what it covers.

Two grammars share the name, and differ in what is signed and with which key:

``Access=<AK>``
    of Huawei's own SDKs;
``Credential=<AK>/<date>/<region>/<service>/sdk_request``
    of gophertelekomcloud (and so of Terraform's provider for Open Telekom
    Cloud), an older one.

Pure: knows neither WSGI nor where secrets are. Everything in a request is
untrusted; what is wrong with it is told by :class:`Invalid` alone.
"""

import dataclasses
import datetime
import hashlib
import hmac
import re
from collections.abc import Mapping
from urllib import parse

ALGORITHM = 'SDK-HMAC-SHA256'

#: How far the date of a signature may be from now: the gateway's rule.
SKEW = datetime.timedelta(minutes=15)

#: Characters of an ``Authorization`` header; real ones have some 300.
_LONGEST = 4096
#: Parameters of a query.
_MOST_PARAMETERS = 1000

_DATE = 'x-sdk-date'
_CONTENT = 'x-sdk-content-sha256'
_UNSIGNED = 'UNSIGNED-PAYLOAD'
#: Content types whose payload is always signed.
_SIGNED_TYPES = ('application/json', 'application/bson')

_HEADER = re.compile(
    r'%s +(?:Access=(?P<access>[0-9A-Za-z_-]{1,64})|'
    r'Credential=(?P<credential>[0-9A-Za-z_-]{1,64})'
    r'/(?P<scope>(?P<date>[0-9]{8})/(?P<region>[0-9A-Za-z_-]{0,64})'
    r'/(?P<service>[0-9A-Za-z_-]{0,64})/sdk_request)), *'
    # No "_": CGI's variables do not tell it from "-".
    r'SignedHeaders=(?P<headers>[0-9a-z-]+(?:;[0-9a-z-]+)*), *'
    r'Signature=(?P<signature>[0-9a-f]{64})' % ALGORITHM)
_TIME = re.compile('[0-9]{8}T[0-9]{6}Z')
_BLANKS = re.compile(r'\s+')


class Invalid(Exception):
    """A request is not signed as it must be; the text says why."""


@dataclasses.dataclass(frozen=True)
class Request:
    """What of a request a signature covers.

    Texts are as WSGI has them: bytes, decoded as ISO-8859-1.

    :ivar path: with its percent signs, as the client sent it.
    :ivar query: likewise, without the question mark.
    :ivar headers: looked up by names in lower case.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclasses.dataclass(frozen=True)
class Scope:
    """What the key of the grammar ``Credential=`` is derived for.

    :ivar text: without the access key.
    """

    text: str
    date: str
    region: str
    service: str


@dataclasses.dataclass(frozen=True)
class Authorization:
    """An ``Authorization`` header.

    :ivar scope: None in the grammar ``Access=``.
    :ivar signed_headers: names in lower case.
    :ivar signature: 64 hexadecimal digits in lower case.
    """

    access_key: str
    scope: Scope | None
    signed_headers: tuple[str, ...]
    signature: str


def read(header: str) -> Authorization:
    """Take an ``Authorization`` header apart.

    :raises Invalid: it is of another algorithm, or malformed, or does not
        sign what has to be: the host and the date.
    """
    if len(header) > _LONGEST:
        raise Invalid('the Authorization header is too long')
    algorithm = header.partition(' ')[0]
    if algorithm != ALGORITHM:
        raise Invalid('algorithm %.40s is not supported, only %s is' % (
            algorithm, ALGORITHM))
    found = _HEADER.fullmatch(header.strip(' '))
    if found is None:
        raise Invalid('the Authorization header is malformed')
    names = tuple(found['headers'].split(';'))
    for name in ('host', _DATE):
        if name not in names:
            raise Invalid('%s is not among the signed headers' % name)
    scope = None
    if found['scope'] is not None:
        scope = Scope(found['scope'], found['date'], found['region'],
                      found['service'])
    return Authorization(found['access'] or found['credential'], scope, names,
                         found['signature'])


def check_date(authorization: Authorization, request: Request,
               now: datetime.datetime) -> None:
    """Check that a request was signed just now.

    :param now: UTC, without a zone.
    :raises Invalid: it was more than 15 minutes ago, or will be, or the date
        is none.
    """
    text = request.headers.get(_DATE, '')
    try:
        if _TIME.fullmatch(text) is None:
            raise ValueError
        date = datetime.datetime.strptime(text, '%Y%m%dT%H%M%SZ')
    except ValueError:
        raise Invalid('x-sdk-date is not of the form YYYYMMDDTHHMMSSZ'
                      ) from None
    if authorization.scope and authorization.scope.date != text[:8]:
        raise Invalid('the date of the credential is not that of x-sdk-date')
    if abs(now - date) > SKEW:
        raise Invalid(
            'the signature has expired or is of the future: x-sdk-date is '
            '%s, here it is %s' % (text, now.strftime('%Y%m%dT%H%M%SZ')))


def check(authorization: Authorization, request: Request,
          secret_key: str) -> None:
    """Check that a request was signed with a key, and is what was signed.

    :raises Invalid: if not. In which respect cannot be told.
    """
    expected = sign(authorization, request, secret_key)
    if not hmac.compare_digest(expected, authorization.signature):
        raise Invalid('verify aksk signature fail')


def sign(authorization: Authorization, request: Request,
         secret_key: str) -> str:
    """The signature that a request should have.

    :param authorization: its scope and signed headers matter.
    :raises Invalid: the request cannot have been signed so.
    """
    digest = hashlib.sha256(
        _canonical(authorization, request)).hexdigest()
    lines = [ALGORITHM, request.headers.get(_DATE, '')]
    key = secret_key.encode()
    scope = authorization.scope
    if scope is not None:
        lines.append(scope.text)
        key = b'SDK' + key
        for part in (scope.date, scope.region, scope.service, 'sdk_request'):
            key = _hmac(key, part)
    return _hmac(key, '\n'.join([*lines, digest])).hex()


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, _bytes(text), 'sha256')


def _canonical(authorization: Authorization, request: Request) -> bytes:
    is_older = authorization.scope is not None
    query = _parameters(request.query)
    payload = _payload_hash(authorization, request)
    if is_older and request.method == 'POST' and not request.body:
        # The older grammar takes the parameters of such a request for its
        # payload, in the form that HTML's forms have.
        pairs = sorted(query, key=lambda pair: pair[0])
        payload = hashlib.sha256(
            parse.urlencode(pairs, encoding='latin-1', errors='replace',
                            safe='~').encode()).hexdigest()
        query = []
    return _bytes('\n'.join([
        request.method, _canonical_path(request.path),
        _canonical_query(query, is_older),
        *('%s:%s' % (name, _canonical_header(request, name, is_older))
          for name in authorization.signed_headers), '',
        ';'.join(authorization.signed_headers), payload]))


def _canonical_path(path: str) -> str:
    quoted = parse.quote(parse.unquote_to_bytes(_bytes(path)), safe='/~')
    return quoted if quoted.endswith('/') else quoted + '/'


def _parameters(query: str) -> list[tuple[str, str]]:
    try:
        return parse.parse_qsl(query, keep_blank_values=True,
                               encoding='latin-1',
                               max_num_fields=_MOST_PARAMETERS)
    except ValueError:
        raise Invalid('the query has too many parameters') from None


def _canonical_query(pairs: list[tuple[str, str]], is_older: bool) -> str:
    if is_older:
        # It orders names without regard to case. It also signs no more than
        # the first of several values of one name, which would let anybody
        # add more: here, all count.
        pairs = sorted(pairs, key=lambda pair: (
            parse.quote(pair[0], safe='~', encoding='latin-1',
                        errors='replace').lower(), pair[1]))
    else:
        pairs = sorted(pairs)
    return parse.urlencode(pairs, quote_via=parse.quote, safe='~',
                           encoding='latin-1', errors='replace')


def _canonical_header(request: Request, name: str, is_older: bool) -> str:
    value = request.headers.get(name)
    if value is None:
        raise Invalid('signed header %.80s is not there' % name)
    if is_older:
        value = _BLANKS.sub(' ', value)
    return value.strip()


def _payload_hash(authorization: Authorization, request: Request) -> str:
    """That of the body as it came; what a client claims does not count.

    But for UNSIGNED-PAYLOAD, which SDKs say of bodies that are neither JSON
    nor BSON.
    """
    if (request.body and request.headers.get(_CONTENT) == _UNSIGNED
            and _CONTENT in authorization.signed_headers
            and 'content-type' in authorization.signed_headers
            and not request.headers.get('content-type', '').startswith(
                _SIGNED_TYPES)):
        return _UNSIGNED
    return hashlib.sha256(request.body).hexdigest()


def _bytes(text: str) -> bytes:
    return text.encode('latin-1', 'replace')
