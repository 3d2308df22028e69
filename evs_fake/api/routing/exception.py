# SPDX-License-Identifier: Apache-2.0
"""What a handler raises to refuse a request with a code of the API's own."""

from http import HTTPStatus


class Refused(Exception):
    """A request that the API does not fulfil.

    :ivar status: of the response.
    :ivar code: the API's own error code; None takes that of the status.
    :ivar message: for the user: which field, and why.
    """

    def __init__(self, message: str, code: str | None = None,
                 status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status
