# SPDX-License-Identifier: Apache-2.0
"""Bodies of requests, taken in whole before anything works on them.

What is wrong with one is the client's fault. Cinder would meet it wherever it
happens to read, and call it an unexpected error of its own: a body that ends
early, chunks that are none, JSON that is nested more deeply than Python's
stack.
"""

import io
import re
from collections.abc import Callable
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from cheroot import errors

from evs_fake.cloud import refusal

#: Bytes of a body that are read at all. The API behind takes far fewer, and
#: says so in its own way ([oslo_middleware] max_request_body_size).
MAX_BODY_BYTES = 1 << 24

#: Arrays and objects of JSON inside each other.
MAX_DEPTH = 64

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_BRACKET = re.compile(rb'[][{}]')


class _Refused(Exception):
    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Intake:
    """Refuses, in the shape of the API behind, bodies that are none."""

    def __init__(self, application: Callable,
                 shape: refusal.Shape) -> None:
        self._application = application
        self._shape = shape

    def __call__(self, environ: dict[str, Any], start_response: Callable
                 ) -> Iterable[bytes]:
        try:
            body = _read(environ)
            _check(body)
        except _Refused as refused:
            return refusal.answer(environ, start_response, self._shape,
                                  refused.status, str(refused))
        environ['wsgi.input'] = io.BytesIO(body)
        if environ.get('wsgi.input_terminated'):
            environ['CONTENT_LENGTH'] = str(len(body))
        return self._application(environ, start_response)


def _read(environ: dict[str, Any]) -> bytes:
    source = environ['wsgi.input']
    if environ.get('wsgi.input_terminated'):
        return _read_chunks(source)
    length = environ.get('CONTENT_LENGTH') or '0'
    if not (length.isascii() and length.isdecimal()):
        raise _Refused(HTTPStatus.BAD_REQUEST,
                       'Content-Length must be a number.')
    body = source.read(int(length))
    if len(body) < int(length):
        raise _Refused(HTTPStatus.BAD_REQUEST,
                       'The body is shorter than Content-Length says.')
    return body


def _read_chunks(source: Any) -> bytes:
    try:
        return source.read()
    except (TimeoutError, ConnectionError):
        # Of the connection: the server's affair.
        raise
    except ValueError as error:
        raise _Refused(HTTPStatus.BAD_REQUEST,
                       'The chunks of the body are malformed.') from error
    except (errors.MaxSizeExceeded, OSError) as error:
        raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                       'The body must not have more than %d bytes.'
                       % MAX_BODY_BYTES) from error


def _check(body: bytes) -> None:
    # Most bodies are settled by these counts.
    if body.count(b'[') + body.count(b'{') > MAX_DEPTH and (
            _is_deep(body)):
        raise _Refused(
            HTTPStatus.BAD_REQUEST,
            'The body must not have more than %d arrays and objects inside '
            'each other.' % MAX_DEPTH)


def _is_deep(body: bytes) -> bool:
    depth = 0
    for bracket in _BRACKET.findall(_STRING.sub(b'', body)):
        depth += 1 if bracket in b'[{' else -1
        if depth > MAX_DEPTH:
            return True
    return False
