# SPDX-License-Identifier: Apache-2.0
"""Reading and checking the bodies and queries of requests.

A schema may name the API's own error code for a value that it refuses,
under :data:`CODE`.
"""

import json
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

import jsonschema
import webob

from evs_fake.api.routing import exception

#: Key of a schema: the error code for what does not fit it.
CODE = 'x-error-code'
#: Characters of a refused value that an error message shows.
_SHOWN = 200
#: More levels than any request has; fewer than Python's stack.
_DEPTH = 20

_BOOLEANS = {'true': True, 'false': False}


def load(request: webob.Request, schema: Mapping[str, Any]) -> Any:
    """The body of a request, checked.

    :raises Refused: if it is no JSON or not as the schema says; the message
        names the field and the reason.
    """
    try:
        body = json.loads(request.body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise exception.Refused('The body must be JSON: %s' % error
                                ) from error
    if _is_deep(body):
        raise exception.Refused('body: nested too deeply')
    _check(body, schema, 'body')
    for place, text in _texts(body):
        if not is_text(text):
            raise exception.Refused('%s: has characters that are no text'
                                    % ('.'.join(place) or 'body'))
    return body


def load_query(request: webob.Request,
               schemas: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The parameters of a query that schemas know, converted and checked.

    A parameter given several times counts once, with its last value, unless
    its schema is an array.

    :raises Refused: if one is not as its schema says.
    """
    try:
        given = request.GET
    except UnicodeDecodeError as error:
        raise exception.Refused('The query must be UTF-8.') from error
    found = {}
    for name, schema in schemas.items():
        texts = given.getall(name)
        if not texts:
            continue
        if not all(is_text(text) for text in texts):
            raise exception.Refused(
                '%s: has characters that are no text' % name)
        if schema.get('type') == 'array':
            value = [_convert(text, schema['items']) for text in texts]
        else:
            value = _convert(texts[-1], schema)
        _check(value, schema, name)
        found[name] = value
    return found


def is_text(text: str) -> bool:
    """Whether every database can keep a text.

    NUL is none of PostgreSQL's characters, half a surrogate nobody's.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return '\0' not in text


def _convert(text: str, schema: Mapping[str, Any]) -> Any:
    """What a text stands for; the text itself where it is nothing such."""
    match schema.get('type'):
        case 'integer':
            try:
                # int() takes more: blanks, underscores, other digits.
                return int(text) if text.isascii() and text.lstrip(
                    '-').isdigit() else text
            except ValueError:
                # Too many digits.
                return text
        case 'boolean':
            return _BOOLEANS.get(text.lower(), text)
    return text


def _check(value: Any, schema: Mapping[str, Any], where: str) -> None:
    validator = jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.FormatChecker())
    error = jsonschema.exceptions.best_match(validator.iter_errors(value))
    if error is None:
        return
    path = '.'.join(str(part) for part in error.absolute_path)
    raise exception.Refused('%s: %s' % (path or where, _message(error)),
                            error.schema.get(CODE))


def _message(error: jsonschema.ValidationError) -> str:
    """What is wrong, with what would be right, and no more of the value."""
    shown = repr(error.instance)
    message = error.message
    if len(shown) > _SHOWN:
        message = message.replace(shown, shown[:_SHOWN] + ' ...')
    if error.validator == 'additionalProperties':
        if len(message) > _SHOWN:
            message = message[:_SHOWN] + ' ...'
        known = error.schema.get('properties')
        if known:
            message += '; known: %s' % ', '.join(known)
    return message


def _is_deep(value: Any) -> bool:
    level = [value]
    for _level in range(_DEPTH):
        level = [item for parent in level for item in _items(parent)]
        if not level:
            return False
    return True


def _texts(value: Any, place: tuple[str, ...] = ()
           ) -> Iterable[tuple[tuple[str, ...], str]]:
    """All texts of a JSON value, names of properties too, and where."""
    match value:
        case str():
            yield place, value
        case dict():
            for name, item in value.items():
                yield place, name
                # After its name: that one can be shown.
                yield from _texts(item, (*place, name))
        case list():
            for number, item in enumerate(value):
                yield from _texts(item, (*place, str(number)))


def _items(value: Any) -> Iterable[Any]:
    match value:
        case dict():
            return value.values()
        case list():
            return value
    return ()


def _refuse_constant(text: str) -> None:
    raise ValueError('%s is no JSON' % text)
