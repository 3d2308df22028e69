# SPDX-License-Identifier: Apache-2.0
"""Race each pair of operations on one volume and its snapshot.

What may come of two requests made at once is what comes of them one after the
other: in either order, the second when the first has ended or while it is
under way. That is tried first, so nothing is taken for granted; then they
race, again and again.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import csv
import dataclasses
import fnmatch
import itertools
import json
import os
import pathlib
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

from tests.functional import cloud
from tests.functional import forked
from tests.violence import clients
from tests.violence import content as contents
from tests.violence import pairs
from tests.violence import stored

TABLE = (pathlib.Path(__file__).parents[2] / 'doc' / 'source' / 'reference'
         / 'tables' / 'races.csv')
HEADER = ('One', 'Other', 'Both accepted', 'Only one', 'Only other',
          'Neither', 'Outcomes seen', 'Legal outcomes', 'Violations')
#: Seconds for which the second request of two in turn is waited for while
#: the first one is held: it may have to wait for that.
_PATIENCE = 1.0

#: What a volume is after os-reserve, until somebody goes on.
_RESERVED = 'attaching'

#: Whether each of two requests was accepted, and what came of them.
Result = tuple[bool, bool, tuple[str, ...]]


@dataclasses.dataclass
class Pair:
    """Two operations, and what came of them.

    :ivar legal: results of the two in turn.
    :ivar seen: how often what came of their races.
    :ivar violations: what must not be.
    """

    one: pairs.Operation
    other: pairs.Operation
    legal: set[Result] = dataclasses.field(default_factory=set)
    seen: collections.Counter[Result] = dataclasses.field(
        default_factory=collections.Counter)
    violations: list[str] = dataclasses.field(default_factory=list)

    def __str__(self) -> str:
        return '%s and %s' % (self.one.name, self.other.name)

    def row(self) -> tuple[str, ...]:
        """Of the table."""
        answers: collections.Counter[tuple[bool, bool]] = (
            collections.Counter())
        for (one, other, _outcome), count in self.seen.items():
            answers[one, other] += count
        return (self.one.name, self.other.name, *(
            str(answers[each]) for each in itertools.product(
                (True, False), repeat=2)),
            str(len(self.seen)), str(len(self.legal)),
            str(len(self.violations)))


class Track:
    """A cloud on which pairs race."""

    def __init__(self, served: cloud.Cloud) -> None:
        self._cloud = served
        self._place = stored.Stored(served.state_dir)
        self._project = 'races'
        self._names = itertools.count()

    def run(self, one: pairs.Operation, other: pairs.Operation, races: int
            ) -> Pair:
        """Race two operations; the cloud is emptied before."""
        pair = Pair(one, other)
        try:
            self._run(pair, races)
        except AssertionError as error:
            pair.violations.append(str(error))
        return pair

    def _run(self, pair: Pair, races: int) -> None:
        one, other = pair.one, pair.other
        self._cloud.session().post(
            self._cloud.endpoint['control'] + '/reset',
            json={'reset': {}})
        # Sessions are not for two threads.
        self._asks = [clients.Clients(self._cloud, self._project)]
        self._asks.append(clients.Clients(
            self._cloud, self._project, self._asks[0].credentials))
        calls = [*itertools.product(one.calls, other.calls)]
        turns = [(0, False), (1, False)] + [
            (first, True) for first, operation in enumerate((one, other))
            if operation.held]
        passing = [which for which, operation in enumerate((one, other))
                   if operation.passing]
        benches = self._benches(len(turns) + len(passing) + races)
        for (first, is_held), bench in zip(turns, benches, strict=False):
            result = self._in_turn(pair, calls[0], first, is_held, bench)
            pair.legal.add(result)
        for which, bench in zip(passing, benches[len(turns):],
                                strict=False):
            pair.legal.add(self._alone(pair, calls[0], which, bench))
        for number, bench in enumerate(
                benches[len(turns) + len(passing):]):
            result = self._race(pair, calls[number % len(calls)], bench)
            pair.seen[result] += 1
            if result not in pair.legal:
                pair.violations.append('%s; legal is: %s' % (
                    _text(result), ' | '.join(map(_text, pair.legal))))
        pair.violations += stored.violations(self._place, _RESERVED)[0]

    def _benches(self, count: int) -> list[pairs.Bench]:
        cinder = self._asks[0].cinder
        benches = []
        for _number in range(count):
            name = 'bench%d' % next(self._names)
            benches.append(pairs.Bench(
                name, cinder.volumes.create(1, name=name).id, '',
                'unmanaged-' + name))
        rows = self._place.settle()
        for bench in benches:
            path = self._place.path(rows[bench.volume], rows)
            for place, number in pairs.OLD:
                contents.write(path, place, number)
            bench.snapshot = cinder.volume_snapshots.create(
                bench.volume, name=bench.name).id
        self._place.settle()
        for bench in benches:
            path = self._place.path(rows[bench.volume], rows)
            for place, number in pairs.NEW - pairs.OLD:
                contents.write(path, place, number)
            spare = path.parents[1] / 'unmanaged-snapshots' / bench.unmanaged
            with spare.open('wb') as file:
                file.truncate(contents.GIB)
            for place, number in pairs.OLD:
                contents.write(spare, place, number)
        return benches

    def _in_turn(self, pair: Pair, calls: Sequence[pairs.Call], first: int,
                 is_held: bool, bench: pairs.Bench) -> Result:
        answers = [False, False]

        def ask(which: int) -> None:
            answers[which] = self._ask(pair, calls[which], which, bench)

        with contextlib.ExitStack() as stack:
            if is_held:
                held = (pair.one, pair.other)[first].held
                rule = stack.enter_context(self._rule(held))
            ask(first)
            if not is_held:
                self._place.settle(_RESERVED)
            elif answers[first]:
                cloud.until(lambda: self._control('GET', rule)['rule'][
                    'last_resource_id'], 'the hold of ' + held)
            second = threading.Thread(target=ask, args=(1 - first,))
            second.start()
            second.join(_PATIENCE if is_held else None)
        second.join()
        return self._result(answers, bench)

    def _alone(self, pair: Pair, calls: Sequence[pairs.Call], which: int,
               bench: pairs.Bench) -> Result:
        """What comes of one, if the other is refused while it passes."""
        answers = [False, False]
        answers[which] = self._ask(pair, calls[which], which, bench)
        return self._result(answers, bench)

    @contextlib.contextmanager
    def _rule(self, operation: str) -> Iterator[str]:
        """Holds one operation for as long as the context; its path."""
        made = self._control('POST', '/rules', {'rule': {
            'operation': operation, 'action': 'hold', 'times': 1}})['rule']
        path = '/rules/' + made['id']
        try:
            yield path
        finally:
            self._control('POST', path + '/release', {'release': {}})

    def _control(self, method: str, path: str, body: Any = None) -> Any:
        return self._cloud.session().request(
            self._cloud.endpoint['control'] + path, method, json=body
        ).json()

    def _race(self, pair: Pair, calls: Sequence[pairs.Call],
              bench: pairs.Bench) -> Result:
        barrier = threading.Barrier(2)
        answers = [False, False]

        def ask(which: int) -> None:
            barrier.wait()
            answers[which] = self._ask(pair, calls[which], which, bench)

        other = threading.Thread(target=ask, args=(1,))
        other.start()
        ask(0)
        other.join()
        return self._result(answers, bench)

    def _ask(self, pair: Pair, call: pairs.Call, which: int,
             bench: pairs.Bench) -> bool:
        """Make a request; whether it was accepted."""
        try:
            call(self._asks[which], bench)
        except clients.ERRORS as error:
            status = clients.answer_of(error)
            if status is None or status >= 500:
                pair.violations.append('%s was answered %s: %s' % (
                    (pair.one, pair.other)[which].name, status, error))
            return False
        return True

    def _result(self, answers: Sequence[bool], bench: pairs.Bench
                ) -> Result:
        rows = self._place.settle(_RESERVED)
        return answers[0], answers[1], pairs.outcome(
            self._place, rows, bench)


def _text(result: Result) -> str:
    return '%s, %s: %s' % (
        *('accepted' if each else 'refused' for each in result[:2]),
        '; '.join(result[2]) or 'nothing')


def run(top: pathlib.Path, wanted: Sequence[tuple[
            pairs.Operation, pairs.Operation]], races: int,
        progress: Callable[[str], None] = lambda _text: None,
        is_enough: Callable[[], bool] = lambda: False) -> Iterator[Pair]:
    """Race pairs on a cloud of their own; each when it has raced.

    :param top: an empty directory.
    :param races: of each pair.
    :param progress: told how far it is.
    :param is_enough: whether to race no more pairs, after each.
    """
    served = forked.Cloud(top / 'state')
    try:
        served.start()
        track = Track(served)
        for number, (one, other) in enumerate(wanted):
            if is_enough():
                break
            progress('%d of %d pairs: %s and %s' % (
                number, len(wanted), one.name, other.name))
            yield track.run(one, other, races)
    finally:
        if served.running:
            served.kill()


def all_pairs(pattern: str = '*') -> list[tuple[
        pairs.Operation, pairs.Operation]]:
    """Each with each and with itself.

    :param pattern: of the name of one of them.
    """
    return [pair for pair in itertools.combinations_with_replacement(
        pairs.OPERATIONS, 2)
        if any(fnmatch.fnmatch(each.name, pattern) for each in pair)]


def write_row(pair: Pair) -> None:
    """Write a pair's row into the documentation's table."""
    with TABLE.open(newline='') as file:
        rows = {tuple(row[:2]): row for row in list(csv.reader(file))[1:]}
    rows[pair.row()[:2]] = pair.row()
    with TABLE.open('w', newline='') as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(HEADER)
        # Without those of operations that are no more.
        writer.writerows(
            rows[one.name, other.name] for one, other in all_pairs()
            if (one.name, other.name) in rows)


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        # Erase the line before, which may be longer.
        sys.stderr.write('\r\x1b[K' + text)
        sys.stderr.flush()
    elif text:
        print(text, file=sys.stderr)


def main() -> int:
    """Run the command; its exit code."""
    parser = argparse.ArgumentParser(
        prog='python -m tests.violence.races', description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog='SIGTERM ends it after the pair that it is at.')
    parser.add_argument('--races', type=int, default=20, metavar='N',
                        help='of each pair (default: %(default)s)')
    parser.add_argument('--pairs', default='*', metavar='PATTERN',
                        help='only pairs with an operation of such a name '
                             '(default: all)')
    parser.add_argument('-f', '--format', choices=('text', 'json'),
                        default='text', help='of the report')
    parser.add_argument('--write-table', action='store_true',
                        help='write the rows of these pairs into the table of '
                             'the documentation')
    parsed = parser.parse_args()
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_args: ended.set())
    started = time.monotonic()
    done = []
    with (tempfile.TemporaryDirectory(prefix='evs-fake-races-') as temporary,
          contextlib.closing(run(
              pathlib.Path(temporary), all_pairs(parsed.pairs), parsed.races,
              _progress, ended.is_set)) as racing):
        for pair in racing:
            done.append(pair)
            for each in pair.violations:
                _progress('%s: %s\n' % (pair, each))
            if parsed.write_table:
                write_row(pair)
    _progress('')
    if parsed.format == 'json':
        print(json.dumps([{
            'pair': str(pair), 'violations': pair.violations,
            'legal': sorted(map(_text, pair.legal)),
            'seen': {_text(result): count
                     for result, count in pair.seen.items()}}
            for pair in done], indent=4))
    else:
        for pair in done:
            for each in pair.violations:
                print('%s: %s' % (pair, each))
        print('%d pairs, %d races, %d violations in %d s' % (
            len(done), sum(pair.seen.total() for pair in done),
            sum(len(pair.violations) for pair in done),
            time.monotonic() - started))
    return os.EX_OK if not any(pair.violations for pair in done) else 1


if __name__ == '__main__':
    sys.exit(main())
