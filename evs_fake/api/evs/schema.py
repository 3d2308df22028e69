# SPDX-License-Identifier: Apache-2.0
"""Reading and checking the bodies of EVS's requests."""

import json
from typing import Any

import jsonschema
import webob
from webob import exc

#: Characters of a refused value that an error message shows.
_SHOWN = 200


def load(request: webob.Request, schema: dict[str, Any]) -> Any:
    """The body of a request, checked.

    :raises HTTPBadRequest: if it is no JSON or not as the schema says; the
        message names the field and the reason.
    """
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise exc.HTTPBadRequest(explanation=
            'The body must be JSON: %s' % error) from error
    validator = jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.FormatChecker())
    error = jsonschema.exceptions.best_match(validator.iter_errors(body))
    if error is not None:
        message = error.message
        if len(message) > _SHOWN:
            message = message[:_SHOWN] + ' ...'
        raise exc.HTTPBadRequest(explanation='%s: %s' % (
            '.'.join(str(part) for part in error.absolute_path) or 'body',
            message))
    return body
