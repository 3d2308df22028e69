# SPDX-License-Identifier: Apache-2.0
"""Arguments of commands, for the several shells that have them."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable
from typing import Any


def angled(name: str) -> str:
    """How OpenStack's commands write what stands for a value."""
    return '<%s>' % name


@dataclasses.dataclass(frozen=True)
class Argument:
    """One argument of a command.

    :ivar flags: its name, or the option's.
    :ivar metavar: what stands for its value; None for argparse's own.
    :ivar options: what argparse is told besides.
    """

    flags: tuple[str, ...]
    metavar: str | None
    options: dict[str, Any]

    def keywords(self, write: Callable[[str], str] = angled
                 ) -> dict[str, Any]:
        """For ``add_argument`` of argparse.

        :param write: how the shell writes what stands for a value.
        """
        if self.metavar is None:
            return dict(self.options)
        return {'metavar': write(self.metavar), **self.options}


def argument(*flags: str, metavar: str | None = None,
             **options: Any) -> Argument:
    return Argument(flags, metavar, options)


def add(parser: argparse.ArgumentParser, *arguments: Argument,
        write: Callable[[str], str] = angled) -> None:
    """Add arguments to a parser.

    :param write: as of :meth:`Argument.keywords`.
    """
    for each in arguments:
        parser.add_argument(*each.flags, **each.keywords(write))


def pair(text: str) -> tuple[str, str]:
    """The type of an argument that is ``key=value``."""
    name, equals, value = text.partition('=')
    if not name or not equals:
        raise argparse.ArgumentTypeError('not key=value: %s' % text)
    return name, value
