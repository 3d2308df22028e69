# SPDX-License-Identifier: Apache-2.0
"""What is sent: JSON text, as oslo.messaging's AMQP drivers send it.

Text is what keeps sender and receiver apart.  It is written once, when the
message is sent, which also refuses what no real transport could carry, and
read by each receiver.
"""

from typing import Any

from oslo_messaging._drivers import common
from oslo_serialization import jsonutils


def encode_message(context: Any, message: dict[str, Any]) -> str:
    """Write a message and its request context (a dict or ``to_dict()``).

    :raises ValueError: something in it has no JSON form
    """
    if not isinstance(context, dict):
        context = context.to_dict()
    return jsonutils.dumps([context, message])


def decode_message(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read a context and a message, new objects every time."""
    context, message = jsonutils.loads(text)
    return context, message


def encode_reply(result: Any, failure: tuple | None) -> str:
    """Write a call's outcome.

    :param failure: ``sys.exc_info()`` of what the call raised, None if it
        returned ``result``
    :raises ValueError: something in it has no JSON form
    """
    if failure:
        failure = common.serialize_remote_exception(failure)
    return jsonutils.dumps([result, failure])


def decode_reply(text: str, allowed_exception_modules: list[str]) -> Any:
    """Return what a call returned or raise what it raised.

    :param allowed_exception_modules: modules whose exceptions are raised as
        their own class
    :raises RemoteError: the call raised anything else
    """
    result, failure = jsonutils.loads(text)
    if failure:
        raise common.deserialize_remote_exception(
            failure, allowed_exception_modules)
    return result
