# SPDX-License-Identifier: Apache-2.0
"""Does what a page tells its reader to do."""

import contextlib
import os
import pathlib
from collections.abc import Callable

from tests.documentation import environments
from tests.documentation import output
from tests.documentation import page as pages
from tests.documentation import preloaded
from tests.documentation import terminal
from tests.functional import cloud


class Failed(Exception):
    """A command did not do what its page says."""


def run(page: pages.Page, top: pathlib.Path,
        note: Callable[[str], None] = lambda text: None,
        quick: bool = True) -> None:
    """Run a page.

    :param top: an empty directory.
    :param note: is told what is typed, and what that prints.
    :param quick: whether the clients' commands are preloaded.
    :raises Failed: with the command, what it printed and what is shown.
    """
    environment = environments.ENVIRONMENTS[page.environment](top)
    with contextlib.ExitStack() as opened:
        terminals: dict[str, terminal.Terminal] = {}
        if quick:
            scripts = opened.enter_context(preloaded.scripts(top))
            environment.variables['PATH'] = os.pathsep.join(
                [str(scripts), environment.variables['PATH']])

        def in_terminal(name: str) -> terminal.Terminal:
            if name not in terminals:
                notes = environment.notes / name
                notes.mkdir()
                terminals[name] = terminal.Terminal(
                    environment.directory, notes, environment.variables,
                    environment.prelude)
                opened.callback(terminals[name].close)
            return terminals[name]

        for block in page.blocks:
            if block.not_run is None:
                shell = in_terminal(block.terminal)
                if block.path is None:
                    _type(page, block, shell, environment, note)
                else:
                    _write(block, shell, environment)
                    note('(wrote %s)\n' % block.path)


def _write(block: pages.Block, shell: terminal.Terminal,
           environment: environments.Environment) -> None:
    directory, _status = shell.run('pwd')
    path = pathlib.Path(directory.rstrip('\n'), environment.here(block.path))
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, 'a' if block.append else 'w') as file:
        file.write(environment.here(block.text) + '\n')


def _type(page: pages.Page, block: pages.Block, shell: terminal.Terminal,
          environment: environments.Environment,
          note: Callable[[str], None]) -> None:
    commands = block.commands
    for command in commands:
        text = environment.here(command.text)
        shown = command.shown and environment.here(command.shown)
        last = command is commands[-1]
        note('$ %s\n' % text)
        if last and block.wait is pages.Wait.SHOWN:
            printed, _status = shell.run(
                text, lambda printed, shown=shown: output.matches(
                    shown, printed))
            note(printed)
            continue
        printed, status = shell.run(text)
        if (last and block.wait is pages.Wait.AGAIN
                and not output.matches(shown, printed)):
            cloud.until(
                lambda text=text, shown=shown: _again(shell, text, shown),
                'what is shown of "%s"; it printed: %s' % (text, printed))
            printed = shown
        note(printed)
        problem = _problem(shown, printed, status,
                           block.status if last else 0)
        if problem:
            raise Failed('%s, near line %d: %s\n%s' % (
                page.name, block.line, text, problem))


def _again(shell: terminal.Terminal, text: str, shown: str) -> bool:
    printed, status = shell.run(text)
    return status == 0 and output.matches(shown, printed)


def _problem(shown: str | None, printed: str, status: int,
             expected: int) -> str | None:
    if status != expected:
        return 'ended with %d, not %d:\n%s' % (status, expected, printed)
    if shown is not None and not output.matches(shown, printed):
        return output.difference(shown, printed)
    return None
