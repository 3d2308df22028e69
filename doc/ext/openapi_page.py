# SPDX-License-Identifier: Apache-2.0
"""The APIs' operations, listed from the OpenAPI documents they serve.

``.. openapi-operations:: evs`` makes a table of an API's operations. The
documents themselves go where the HTML goes, as ``openapi/<api>.json`` beside
the page.
"""

import json
import pathlib
from typing import Any

from cinder import objects
from docutils import nodes
from docutils import statemachine
from sphinx.application import Sphinx
from sphinx.util import docutils

# Before any module of Cinder's that names them in its annotations.
objects.register_all()

from evs_fake.api.openapi import app as openapi  # noqa: E402


def _operations(document: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Method, path and meaning, in the order of paths."""
    return [(method.upper(), path, operation.get('summary', ''))
            for path, methods in sorted(document['paths'].items())
            for method, operation in methods.items()]


class Operations(docutils.SphinxDirective):

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        lines = ['.. list-table::', '   :header-rows: 1',
                 '   :widths: 10 55 35', '', '   * - method', '     - path',
                 '     - meaning']
        for method, path, meaning in _operations(
                openapi.document_of(self.arguments[0])):
            lines += ['   * - %s' % method, '     - ``%s``' % path,
                      '     - %s' % meaning]
        node = nodes.Element()
        self.state.nested_parse(
            statemachine.StringList(lines, openapi.__file__), 0, node)
        return node.children


def _write(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.format == 'html':
        directory = pathlib.Path(app.outdir, 'reference', 'openapi')
        directory.mkdir(parents=True, exist_ok=True)
        for api in openapi.APIS:
            (directory / (api + '.json')).write_text(
                json.dumps(openapi.document_of(api), indent=1))


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive('openapi-operations', Operations)
    app.connect('build-finished', _write)
    return {'parallel_read_safe': True, 'parallel_write_safe': True}
