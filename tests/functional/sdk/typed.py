# SPDX-License-Identifier: Apache-2.0
"""Whether an answer has the types that its SDK's models declare.

The SDK casts what it reads: ``"false"`` becomes True, and a number a text.
So what was sent is looked at, not what the SDK made of it.
"""

import json
import re
import types
from collections.abc import Iterator
from typing import Any

from dateutil import parser

_PLAIN = {'str': str, 'int': int, 'bool': bool, 'float': (int, float),
          'object': object}
_TIMES = ('date', 'datetime')


def faults(response: Any, package: types.ModuleType) -> list[str]:
    """What in the answer that an SDK's response was made of is wrong.

    :param package: of the SDK's models.
    """
    declared = type(response).openapi_types
    if not declared:
        return []
    content = json.loads(response.raw_content or 'null')
    names = type(response).attribute_map
    if set(names.values()) == {'body'}:
        return list(_of(content, declared['body'], package, 'body'))
    if not set(names.values()) & set(content or ()):
        return ['has nothing of %s: %s' % (sorted(names.values()), content)]
    return list(_of_model(content, type(response), package, ''))


def _of(value: Any, declared: str, package: types.ModuleType,
        where: str) -> Iterator[str]:
    if value is None:
        return
    if found := re.fullmatch(r'list\[(.*)\]', declared):
        yield from _of_items(enumerate(value) if isinstance(value, list)
                             else value, found[1], package, where)
    elif found := re.fullmatch(r'dict\([^,]*, (.*)\)', declared):
        yield from _of_items(value.items() if isinstance(value, dict)
                             else value, found[1], package, where)
    elif declared in _TIMES:
        # As the SDK reads it.
        try:
            parser.parse(value + 'Z')
        except (TypeError, ValueError):
            yield '%s: no time: %r' % (where, value)
    elif declared not in _PLAIN:
        yield from _of_model(value, getattr(package, declared), package,
                             where + '.')
    elif not isinstance(value, _PLAIN[declared]) or (
            isinstance(value, bool) and declared not in ('bool', 'object')):
        yield '%s: no %s: %r' % (where, declared, value)


def _of_items(items: Any, declared: str, package: types.ModuleType,
              where: str) -> Iterator[str]:
    if isinstance(items, (str, int, float, list, dict)):
        yield '%s: no collection: %r' % (where, items)
        return
    for name, value in items:
        yield from _of(value, declared, package, '%s[%s]' % (where, name))


def _of_model(value: Any, model: type, package: types.ModuleType,
              where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield '%s no %s: %r' % (where, model.__name__, value)
        return
    for attribute, declared in model.openapi_types.items():
        name = model.attribute_map[attribute]
        yield from _of(value.get(name), declared, package, where + name)
