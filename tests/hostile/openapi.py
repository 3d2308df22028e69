# SPDX-License-Identifier: Apache-2.0
"""What schemathesis makes of the OpenAPI documents of a cloud."""

import unittest
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

import hypothesis
import requests
import schemathesis

from tests.functional import cloud
from tests.hostile import tally

#: API -> where its document is, and the endpoint that its paths are below.
DOCUMENTS = {
    'evs': ('/evs-fake/openapi/evs.json', 'url'),
    'cbr': ('/evs-fake/openapi/cbr.json', 'cbr'),
    'control': ('/evs-fake/v1/openapi.json', 'control'),
}


class Sender:
    """To one API of a cloud, for one project."""

    def __init__(self, own: cloud.Cloud, api: str, project: str,
                 counts: tally.Tally) -> None:
        document, service = DOCUMENTS[api]
        self._api, self._project, self._counts = api, project, counts
        self._base_url = own.endpoint[service].rstrip('/')
        self._session = requests.Session()
        self._session.headers['X-Auth-Token'] = 'admin:' + project
        self.close = self._session.close
        found = schemathesis.openapi.from_dict(self._session.get(
            own.url + document, timeout=cloud.TIMEOUT).json())
        self.operations = [each.ok() for each in found.get_all_operations()]

    def send(self, count: int, seed: int,
             ids: Mapping[str, str] | None = None) -> None:
        """Send what each operation allows, and what not.

        :param count: of each operation, and of either.
        :param ids: of resources that there are, by the name of the path's
            variable: every other request is about them.
        """
        for operation in self.operations:
            for mode in schemathesis.GenerationMode:
                for number, case in enumerate(
                        _cases(operation, mode, count, seed)):
                    self._send_one(case, ids or {} if number % 2 else {})

    def _send_one(self, case: Any, ids: Mapping[str, str]) -> None:
        case.path_parameters.update({
            name: value for name, value in {
                **ids, 'project_id': self._project}.items()
            if name in case.path_parameters})
        if isinstance(case.query, dict) and isinstance(
                case.query.get('wait'), int):
            # A long poll is as right, but it takes a minute.
            case.query['wait'] = 0
        documented = {int(status) for status in
                      case.operation.definition.raw['responses']}
        sent = tally.Sent(self._api, (case.method, case.operation.path), (
            case.formatted_path, case.query, case.body))
        try:
            response = case.call(
                base_url=self._base_url, session=self._session,
                timeout=cloud.TIMEOUT)
        except requests.RequestException as error:
            self._counts.note(sent, tally.NONE, repr(error), documented)
        else:
            self._counts.note(sent, response.status_code, response.text,
                              documented)


def _cases(operation: Any, mode: schemathesis.GenerationMode, count: int,
           seed: int) -> Iterator[Any]:
    made: list[Any] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=count, deadline=None, database=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def collect(case: Any) -> None:
        made.append(case)

    try:
        collect()
    except (hypothesis.errors.Unsatisfiable, unittest.SkipTest):
        # Of an operation that takes anything, nothing is wrong.
        pass
    return iter(made[:count])
