# SPDX-License-Identifier: Apache-2.0
"""The snapshot statuses, drawn and listed from ``evs_fake.states``.

``.. snapshot-states-diagram::``
    what follows what, as a picture.
``.. snapshot-states::``
    the table of statuses that the README has, too.
``.. snapshot-states-operations::``
    which operations each status allows, and what Cinder stores for it.
"""

import html
import math
from collections.abc import Iterable
from typing import Any

from docutils import nodes
from docutils import statemachine
from sphinx.application import Sphinx
from sphinx.util import docutils

from evs_fake import states

#: Column and row of each status, so that no two arrows cross.
_PLACES = {
    'creating': (1, 0),
    'rollbacking': (0, 1),
    'available': (1, 1),
    'backing-up': (2, 1),
    'error': (3, 1),
    'error_deleting': (0, 2),
    'deleting': (1, 2),
    states.DELETED: (1, 3),
}

# Pixels
_BOX = (124, 34)
_STEP = (184, 88)
_MARGIN = 14
#: Between the two arrows of a pair, and the line of their boxes' centres.
_APART = 7


def transitions() -> set[tuple[str, str]]:
    """Every status with each that can follow it."""
    return {(state.name, successor) for state in states.SNAPSHOT_STATES
            for successor in state.successors}


def svg() -> str:
    """The picture.

    :raises ValueError: a status has no place in it, or a place no status.
    """
    known = {*states.SNAPSHOT_STATUSES, states.DELETED}
    if known != set(_PLACES):
        raise ValueError('places of the diagram: %s' % sorted(
            known ^ set(_PLACES)))
    columns, rows = (1 + max(place[axis] for place in _PLACES.values())
                     for axis in (0, 1))
    width, height = (2 * _MARGIN + (count - 1) * step + box
                     for count, step, box in zip(
                         (columns, rows), _STEP, _BOX, strict=True))
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" class="snapshot-states" '
        'viewBox="0 0 %d %d" width="%d" role="img" '
        'font-family="sans-serif" font-size="13">' % (width, height, width),
        '<title>What can follow each snapshot status</title>',
        '<defs><marker id="states-arrow" viewBox="0 0 8 8" refX="8" refY="4" '
        'markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0,0 L8,4 L0,8 z" fill="#555"/></marker></defs>',
        *(_arrow(*pair) for pair in sorted(transitions())),
        *(_box(name) for name in _PLACES),
        '</svg>']
    return '\n'.join(parts)


def _centre(name: str) -> tuple[float, float]:
    column, row = _PLACES[name]
    return (_MARGIN + _BOX[0] / 2 + column * _STEP[0],
            _MARGIN + _BOX[1] / 2 + row * _STEP[1])


def _box(name: str) -> str:
    x, y = _centre(name)
    gone = name == states.DELETED
    return (
        '<g data-status="%s"><rect x="%g" y="%g" width="%d" height="%d" '
        'rx="6" fill="%s" stroke="#555"%s/>'
        '<text x="%g" y="%g" text-anchor="middle" fill="#222">%s</text></g>'
        % (html.escape(name), x - _BOX[0] / 2, y - _BOX[1] / 2, *_BOX,
           '#fff' if gone else '#eef4fa',
           ' stroke-dasharray="4 3"' if gone else '',
           x, y + 4.5, html.escape(name)))


def _arrow(start: str, end: str) -> str:
    (x1, y1), (x2, y2) = _centre(start), _centre(end)
    length = math.hypot(x2 - x1, y2 - y1)
    x, y = (x2 - x1) / length, (y2 - y1) / length
    if (end, start) in transitions():
        # Each of a pair keeps to its own side.
        x1, x2 = x1 - y * _APART, x2 - y * _APART
        y1, y2 = y1 + x * _APART, y2 + x * _APART
    # From the border of one box to that of the other.
    out = min(side / 2 / abs(part) if part else math.inf
              for side, part in zip(_BOX, (x, y), strict=True))
    return (
        '<line data-from="%s" data-to="%s" x1="%.1f" y1="%.1f" x2="%.1f" '
        'y2="%.1f" stroke="#555" marker-end="url(#states-arrow)"/>' % (
            html.escape(start), html.escape(end), x1 + x * out, y1 + y * out,
            x2 - x * out, y2 - y * out))


class Diagram(docutils.SphinxDirective):

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(states.__file__)
        return [nodes.raw('', svg(), format='html')]


class Table(docutils.SphinxDirective):

    def run(self) -> list[nodes.Node]:
        return _parsed(self, states.table().splitlines())


class Operations(docutils.SphinxDirective):

    def run(self) -> list[nodes.Node]:
        rows = [('status', 'stored by Cinder as', 'reached by', 'allows')]
        rows += [(f'``{state.name}``', f'``{state.cinder}``', state.cause,
                  ', '.join(operation for operation in states.Operation
                            if operation in state.allows))
                 for state in states.SNAPSHOT_STATES]
        lines = ['.. list-table::', '   :header-rows: 1',
                 '   :widths: 18 18 32 32', '']
        for row in rows:
            lines += ['   %s - %s' % (' ' if number else '*', cell)
                      for number, cell in enumerate(row)]
        return _parsed(self, lines)


def _parsed(directive: docutils.SphinxDirective,
            lines: Iterable[str]) -> list[nodes.Node]:
    directive.env.note_dependency(states.__file__)
    node = nodes.Element()
    directive.state.nested_parse(
        statemachine.StringList(lines, states.__file__), 0, node)
    return node.children


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive('snapshot-states', Table)
    app.add_directive('snapshot-states-diagram', Diagram)
    app.add_directive('snapshot-states-operations', Operations)
    return {'parallel_read_safe': True, 'parallel_write_safe': True}
