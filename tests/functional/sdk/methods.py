# SPDX-License-Identifier: Apache-2.0
"""Calls of an SDK's methods, written down."""

from __future__ import annotations

import inspect
import re
import types
from typing import Any

from huaweicloudsdkcore.exceptions import exceptions

from tests.functional.sdk import typed

#: Methods that are for any request, by its path.
_GENERIC = {'call_api'}


class Methods:
    """A client whose every call says what it expects, and is written down.

    A method is called by its name, with the attributes of its request; what
    the SDK has models for may be given as a dict.
    """

    def __init__(self, client: Any, package: types.ModuleType,
                 results: dict[str, tuple[str, str, str]]) -> None:
        """Wrap a client.

        :param package: of the SDK's models.
        :param results: name, request and result of each method called, by
            name: written to.
        """
        self._client = client
        self._package = package
        self._results = results

    def of(self, client: Any) -> Methods:
        """The same for another project's client, on the same list."""
        return Methods(client, self._package, self._results)

    def names(self) -> set[str]:
        """All methods that the SDK has, in this version of it."""
        return {name for name, value in vars(type(self._client)).items()
                if inspect.isfunction(value) and not name.startswith('_')
                and not name.endswith('_invoker')} - _GENERIC

    def works(self, name: str, /, **attributes: Any) -> Any:
        """Call a method that this cloud has; its answer.

        :raises AssertionError: if the answer is not what the SDK declares.
        :raises ClientRequestException: if it is refused.
        """
        response, request = self._call(name, attributes)
        self._write_down(name, request, 'works (%d)' % response.status_code)
        return response

    def empty(self, name: str, /, **attributes: Any) -> Any:
        """Call a method that has nothing to show in this cloud, ever.

        Works as :meth:`works` does; only what is written down differs.
        """
        response, request = self._call(name, attributes)
        self._write_down(
            name, request, 'always empty (%d)' % response.status_code)
        return response

    def refused(self, name: str, code: str, status: int = 400, /,
                **attributes: Any) -> Any:
        """Call a method for what this cloud does not have.

        :returns: the exception that the SDK raised.
        :raises AssertionError: if it raised no such one.
        """
        request = self._request(name, attributes)
        try:
            getattr(self._client, name)(request)
        except exceptions.ClientRequestException as error:
            found = error.status_code, error.error_code
            assert found == (status, code), '%s: %s' % (name, error)
            assert error.error_msg, name
            assert error.request_id, name
            self._write_down(
                name, request, 'refused (%d, %s)' % (status, code))
            return error
        raise AssertionError('%s was not refused' % name)

    def _call(self, name: str, attributes: dict[str, Any]
              ) -> tuple[Any, Any]:
        request = self._request(name, attributes)
        response = getattr(self._client, name)(request)
        declared = self._info(name, request)['response_type']
        assert type(response) is getattr(self._package, declared), name
        faults = typed.faults(response, self._package)
        assert not faults, '%s: %s' % (name, '; '.join(faults))
        return response, request

    def _request(self, name: str, attributes: dict[str, Any]) -> Any:
        kind = ''.join(part.capitalize() for part in name.split('_'))
        return self._build(kind + 'Request', attributes)

    def _build(self, declared: str, value: Any) -> Any:
        if found := re.fullmatch(r'list\[(.*)\]', declared):
            return [self._build(found[1], each) for each in value]
        model = getattr(self._package, declared, None)
        if model is None or not isinstance(value, dict):
            return value
        return model(**{
            name: self._build(model.openapi_types[name], each)
            for name, each in value.items()})

    def _info(self, name: str, request: Any) -> dict[str, Any]:
        return getattr(self._client, '_%s_http_info' % name)(request)

    def _write_down(self, name: str, request: Any, result: str) -> None:
        info = self._info(name, request)
        row = name, '%s %s' % (info['method'], info['resource_path']), result
        # The first is the one with valid input.
        self._results.setdefault(name, row)
