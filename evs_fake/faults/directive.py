# SPDX-License-Identifier: Apache-2.0
"""A fault as a metadata key and value: ``evs_fake:snapshot-create=hold``."""

import dataclasses
import enum
import math
from collections.abc import Mapping

from cinder.i18n import _

from evs_fake import exception
from evs_fake.faults.operations import OF_GROUPS
from evs_fake.faults.operations import Operation

PREFIX = 'evs_fake:'

#: Longer than any test waits; keeps a typing error from parking a thread for
#: the life of the process.
MAX_DELAY_SECONDS = 24 * 3600


class Action(enum.StrEnum):
    FAIL = 'fail'
    DELAY = 'delay'
    HOLD = 'hold'


#: Groups have no metadata.
_OPERATIONS = [each for each in Operation if each not in OF_GROUPS]

FORMS = 'fail, fail:<message>, delay:<seconds>, hold'


@dataclasses.dataclass(frozen=True)
class Directive:
    """What to do with an operation.

    :ivar message: of a ``fail``.
    :ivar seconds: of a ``delay``.
    """

    action: Action
    message: str = ''
    seconds: float = 0.0


def key(operation: Operation) -> str:
    """The metadata key that carries a fault of an operation."""
    return PREFIX + operation.value


def parse(metadata_key: str, value: str) -> Directive | None:
    """Read one metadata item.

    :returns: None for a key that does not begin with ``evs_fake:``.
    :raises InvalidFault: for an unknown operation or a value of no known
        form; the message names the known ones.
    """
    if not metadata_key.startswith(PREFIX):
        return None
    operation = metadata_key[len(PREFIX):]
    if operation not in _OPERATIONS:
        raise exception.InvalidFault(reason=_(
            'metadata key "%(key)s": unknown operation "%(operation)s". '
            'Known operations: %(known)s.') % {
                'key': metadata_key, 'operation': operation,
                'known': ', '.join(_OPERATIONS)})
    name, colon, argument = (value or '').partition(':')
    match name:
        case Action.FAIL:
            return Directive(
                Action.FAIL, message=argument or 'evs_fake:%s=%s' % (
                    operation, value))
        case Action.HOLD if not colon:
            return Directive(Action.HOLD)
        case Action.DELAY:
            seconds = _seconds(argument)
            if seconds is not None:
                return Directive(Action.DELAY, seconds=seconds)
    raise exception.InvalidFault(reason=_(
        'metadata key "%(key)s": value "%(value)s" is of no known form. '
        'Known forms: %(forms)s; seconds from 0 to %(max)d.') % {
            'key': metadata_key, 'value': value, 'forms': FORMS,
            'max': MAX_DELAY_SECONDS})


def _seconds(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    if not math.isfinite(seconds) or not 0 <= seconds <= MAX_DELAY_SECONDS:
        return None
    return seconds


def check(metadata: Mapping[str, str]) -> None:
    """Refuse metadata that carries a fault which could never fire.

    :raises InvalidFault: see :func:`parse`.
    """
    for metadata_key, value in metadata.items():
        if isinstance(metadata_key, str):
            parse(metadata_key, value if isinstance(value, str) else '')
