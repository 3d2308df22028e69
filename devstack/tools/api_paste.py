#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Merge evs-fake's routes into an api-paste.ini of Cinder's, or undo that.

What is merged is whatever our own file has more or otherwise. Everything
else in Cinder's file stays, also what others put there: a filter of theirs
in a pipeline, or a route. Each change is marked, so that it can be undone
exactly; merging undoes first, and so does no harm twice.
"""

import argparse
import os
import re
import sys
import tempfile

_ADDED = '# evs-fake adds:'
_REPLACED = '# evs-fake replaces: '
_BEGIN = '# evs-fake: begin'
_END = '# evs-fake: end'

_SECTION = re.compile(r'\[(?P<name>[^]]+)\]\s*$')
_OPTION = re.compile(r'(?P<key>[^#;\s\[][^=]*?)\s*=\s*(?P<value>.*)$')
_ROUTE = re.compile(r'(?P<key>/\S*?)\s*[:=]\s*(?P<value>.*)$')


def _option(line: str) -> tuple[str, str] | None:
    # A route may be written with a colon, as Cinder's are.
    match = _ROUTE.match(line) or _OPTION.match(line)
    return (match['key'], match['value'].strip()) if match else None


def _sections(text: str) -> dict[str, dict[str, tuple[str, str]]]:
    """By section and key, the value and the line that it is in."""
    found: dict[str, dict[str, tuple[str, str]]] = {}
    section = ''
    for line in text.splitlines():
        if match := _SECTION.match(line):
            section = match['name']
            found[section] = {}
        elif option := _option(line):
            found[section][option[0]] = (option[1], line)
    return found


def _is_pipeline(key: str, value: str) -> bool:
    # Pipelines, and composites of pipelines by the way of authentication.
    return ' ' in value and key != 'use'


def _woven(theirs: str, ours: str) -> str:
    """Their pipeline, with our filters before what follows them in ours."""
    woven = theirs.split()
    wanted = ours.split()
    for place, name in enumerate(wanted):
        if name in woven:
            continue
        following = [each for each in wanted[place + 1:] if each in woven]
        where = woven.index(following[0]) if following else len(woven)
        woven.insert(where, name)
    return ' '.join(woven)


def unmerge(text: str) -> str:
    """The file without what ``merge`` put there."""
    kept: list[str] = []
    lines = iter(text.splitlines())
    for line in lines:
        if line == _BEGIN:
            for each in lines:
                if each == _END:
                    break
        elif line == _ADDED:
            next(lines, None)
        elif line.startswith(_REPLACED):
            kept.append(line.removeprefix(_REPLACED))
            next(lines, None)
        else:
            kept.append(line)
    return '\n'.join(kept) + '\n'


def merge(text: str, additions: str) -> str:
    """The file with everything that ours has.

    :param text: Cinder's api-paste.ini, merged before or not.
    :param additions: ours, complete.
    """
    text = unmerge(text)
    ours = _sections(additions)
    theirs = _sections(text)
    merged: list[str] = []
    section = ''
    for line in text.splitlines():
        option = _option(line)
        if match := _SECTION.match(line):
            section = match['name']
            merged.append(line)
            for key, (_value, our_line) in ours.get(section, {}).items():
                if key not in theirs[section]:
                    merged += [_ADDED, our_line]
            continue
        wanted = ours.get(section, {}).get(option[0]) if option else None
        if option and wanted and wanted[0] != option[1]:
            value = wanted[0]
            if _is_pipeline(option[0], value):
                value = _woven(option[1], value)
            if value != option[1]:
                merged += [_REPLACED + line, f'{option[0]} = {value}']
                continue
        merged.append(line)
    merged.append(_BEGIN)
    for name, options in ours.items():
        if name not in theirs:
            merged += ['', f'[{name}]', *(
                line for _value, line in options.values())]
    merged.append(_END)
    return '\n'.join(merged) + '\n'


def _replace(path: str, text: str) -> None:
    # As a whole: cinder-api may be about to read it.
    directory = os.path.dirname(os.path.abspath(path))
    with tempfile.NamedTemporaryFile(
            'w', dir=directory, delete=False) as file:
        file.write(text)
    os.chmod(file.name, os.stat(path).st_mode & 0o7777)
    os.replace(file.name, path)


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('command', choices=['merge', 'unmerge'])
    parser.add_argument('file', help='api-paste.ini of Cinder')
    parser.add_argument('ours', help='api-paste.ini of evs-fake')
    arguments = parser.parse_args()
    with open(arguments.file) as file:
        text = file.read()
    if arguments.command == 'merge':
        with open(arguments.ours) as file:
            changed = merge(text, file.read())
    else:
        changed = unmerge(text)
    if changed != text:
        _replace(arguments.file, changed)
    return 0


if __name__ == '__main__':
    sys.exit(main())
