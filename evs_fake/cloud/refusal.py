# SPDX-License-Identifier: Apache-2.0
"""Answers of the cloud's own doors, in the shape of the API behind them.

Imports nothing of Cinder's: Glance's process has a door, too.
"""

import json
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

#: How the error of a path looks: what makes its body of status, message and
#: code (None takes that of the status).
Shape = Callable[[str], Callable[[int, str, str | None], Mapping[str, Any]]]


def answer(environ: Mapping[str, Any], start_response: Callable,
           shape: Shape, status: HTTPStatus, message: str,
           headers: Iterable[tuple[str, str]] = ()) -> list[bytes]:
    """Refuse a request, as a WSGI application does.

    :param message: for the user.
    """
    text = json.dumps(shape(environ.get('PATH_INFO', ''))(
        status, message, None)).encode()
    start_response('%d %s' % (status, status.phrase), [
        ('Content-Type', 'application/json'),
        ('Content-Length', str(len(text))), *headers])
    return [] if environ['REQUEST_METHOD'] == 'HEAD' else [text]
