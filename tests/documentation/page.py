# SPDX-License-Identifier: Apache-2.0
"""A page of the documentation, as what its reader does."""

import dataclasses
import enum
import pathlib
import re

from docutils import core
from docutils import nodes
from docutils.parsers import rst
from docutils.parsers.rst import directives
from docutils.parsers.rst import roles

SOURCE = pathlib.Path(__file__).parents[2] / 'doc' / 'source'

_MARK = re.compile(
    r'test (environment|terminal|until shown|again until shown|status|file|'
    r'append|not run)(?:: (.+))?', re.DOTALL)

#: What Sphinx knows and docutils does not; readers type none of it.
_DIRECTIVES = ('autoclass', 'literalinclude', 'toctree')
_ROLES = ('doc', 'ref')


class BadPage(Exception):
    """A page is not marked as it has to be."""


class Wait(enum.Enum):
    """What is waited for when a command was typed."""

    END = 'end'
    SHOWN = 'until shown'
    AGAIN = 'again until shown'


@dataclasses.dataclass(frozen=True)
class Command:
    """One command, with what the page shows of its output.

    :ivar text: as it is typed; several lines, where it goes on.
    :ivar shown: None where the page shows nothing.
    """

    text: str
    shown: str | None


@dataclasses.dataclass(frozen=True)
class Block:
    """One block of a page, and its marks.

    :ivar line: about where it is in the page.
    :ivar text: all of it.
    :ivar not_run: why not; the rest counts for nothing then.
    :ivar path: of the file that it is, or None.
    :ivar append: whether it is added to that file.
    """

    line: int
    text: str
    terminal: str = 'first'
    wait: Wait = Wait.END
    status: int = 0
    path: str | None = None
    append: bool = False
    not_run: str | None = None

    @property
    def commands(self) -> list[Command]:
        """What is typed, in order."""
        typed: list[tuple[str, list[str]]] = []
        for line in self.text.splitlines():
            if line.startswith('$ '):
                typed.append((line[2:], []))
            elif not typed:
                raise BadPage('line %d: begins with no command' % self.line)
            elif line.startswith('> ') or line == '>':
                command, output = typed[-1]
                if output:
                    raise BadPage('line %d: goes on after its output: %s' % (
                        self.line, command))
                typed[-1] = ('%s\n%s' % (command, line[2:]), [])
            else:
                typed[-1][1].append(line)
        return [Command(text, '\n'.join(output) or None)
                for text, output in typed]


@dataclasses.dataclass(frozen=True)
class Page:
    """A page.

    :ivar name: its path below doc/source, without ``.rst``.
    :ivar environment: what its reader has; None on a page none of whose
        blocks is run.
    """

    name: str
    environment: str | None
    blocks: tuple[Block, ...]


def names() -> list[str]:
    """The pages whose blocks are run: the tutorial and the how-tos."""
    return ['tutorial', *(
        'howto/' + path.stem for path in sorted(SOURCE.glob('howto/*.rst'))
        if path.stem != 'index')]


class _Ignored(rst.Directive):
    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec = dict.fromkeys(
        ('start-at', 'end-before', 'pyobject', 'maxdepth', 'members'),
        directives.unchanged)

    def run(self) -> list[nodes.Node]:
        return []


def read(name: str) -> Page:
    """Read a page.

    :raises BadPage: with what is wrong about its marks.
    """
    for known in _DIRECTIVES:
        directives.register_directive(known, _Ignored)
    for known in _ROLES:
        roles.register_generic_role(known, nodes.literal)
    path = SOURCE / (name + '.rst')
    document = core.publish_doctree(
        path.read_text(), str(path), settings_overrides={
            'report_level': 2, 'halt_level': 2, 'syntax_highlight': 'none',
            'smart_quotes': False})
    environment = None
    marks: dict[str, str | None] = {}
    blocks = []
    for node in document.findall():
        if isinstance(node, nodes.comment):
            mark = _MARK.fullmatch(node.astext())
            if mark is None:
                if node.astext().startswith('test'):
                    raise BadPage('%s: no mark: %s' % (name, node.astext()))
            elif mark[1] == 'environment':
                environment = mark[2]
            else:
                marks[mark[1]] = mark[2] and ' '.join(mark[2].split())
        elif isinstance(node, nodes.literal_block):
            blocks.append(_block(name, node, marks))
            marks = {}
    if marks:
        raise BadPage('%s: a mark of no block: %s' % (name, marks))
    if environment is None and not all(each.not_run for each in blocks):
        raise BadPage('%s: in which environment?' % name)
    return Page(name, environment, tuple(blocks))


def _block(name: str, node: nodes.literal_block,
           marks: dict[str, str | None]) -> Block:
    line = node.line or 0
    if 'not run' in marks and not marks['not run']:
        raise BadPage('%s, line %d: not run, but why?' % (name, line))
    path = marks.get('file') or marks.get('append')
    if not (path or 'not run' in marks or 'console' in node['classes']):
        raise BadPage('%s, line %d: neither run, nor a file, nor marked:\n%s'
                      % (name, line, node.astext()))
    return Block(
        line, node.astext(), marks.get('terminal') or 'first',
        next((wait for wait in Wait if wait.value in marks), Wait.END),
        int(marks.get('status') or 0), path, 'append' in marks,
        marks.get('not run'))
