# SPDX-License-Identifier: Apache-2.0
"""Kill clouds at random moments and see that they lose nothing.

Real clients do everything at random against a cloud; it is killed, started
again on the same directory, and compared with what they were told. What a
failure prints replays it: the same requests, by the same seed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import pathlib
import random
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

from tests.functional import forked
from tests.violence import disturbances
from tests.violence import episode

#: Rounds of an episode, which a seed stands for.
ROUNDS = 5


def run(rounds: int, seed: int, top: pathlib.Path,
        disturbance: disturbances.Disturbance | None = None,
        progress: Callable[[str], None] = lambda _text: None,
        is_enough: Callable[[], bool] = lambda: False) -> dict[str, Any]:
    """Do so many rounds; what was seen.

    :param top: an empty directory, which keeps the cloud.
    :param disturbance: kills if it is None.
    :param progress: told how far it is.
    :param is_enough: whether to do no more of them, after each episode.
    :raises Violation: with the seed that replays it.
    :raises Impossible: this machine cannot have the disturbance.
    """
    disturbance = disturbance or disturbances.Disturbance()
    started = time.monotonic()
    done = 0
    with (disturbance.prepared(top / 'state'),
          _serving(top, disturbance) as served):
        watch = episode.Watch(served, disturbance)
        while done < rounds and not is_enough():
            current = episode.Episode(watch, seed, disturbance)
            first = done
            try:
                for _number in range(min(ROUNDS, rounds - first)):
                    current.round()
                    done += 1
                    progress('%d of %d rounds, %d answers' % (
                        done, rounds, watch.answers.total()))
                current.end()
            except episode.Violation as error:
                raise episode.Violation(
                    'after %d rounds; --seed %d --rounds %d replays it: %s'
                    % (done, seed, min(done - first + 1, ROUNDS), error)
                ) from error
            seed += 1
    return {'rounds': done, 'wanted': rounds,
            'seconds': round(time.monotonic() - started, 1),
            'answers': {'%s: %s' % what: count for what, count in sorted(
                watch.answers.items())}}


@contextlib.contextmanager
def _serving(top: pathlib.Path, disturbance: disturbances.Disturbance
             ) -> Iterator[forked.Cloud]:
    served = forked.Cloud(
        top / 'state', environment=disturbance.environment)
    try:
        served.start()
        yield served
    finally:
        if served.running:
            served.kill()


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        # Erase the line before, which may be longer.
        sys.stderr.write('\r\x1b[K' + text)
        sys.stderr.flush()
    elif text:
        print(text, file=sys.stderr)


def main() -> int:
    """Run the command; its exit code."""
    # The SDKs print errors that are to be expected.
    logging.disable()
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_args: ended.set())
    parser = argparse.ArgumentParser(
        prog='python -m tests.violence.kills', description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog='SIGTERM ends it after the rounds of the seed that it is at.')
    parser.add_argument('--rounds', type=int, default=50, metavar='N',
                        help='kills (default: %(default)s)')
    parser.add_argument('--seed', type=int, metavar='N',
                        default=random.SystemRandom().getrandbits(32),
                        help='of the first %d rounds; each next %d have the '
                             'next seed' % (ROUNDS, ROUNDS))
    parser.add_argument('-f', '--format', choices=('text', 'json'),
                        default='text', help='of the report')
    parser.add_argument('--keep', type=pathlib.Path, metavar='DIR',
                        help='an empty directory for the cloud, which is '
                             'kept')
    parser.add_argument('--with', choices=list(disturbances.BY_NAME),
                        default='kill', dest='disturbance',
                        help='what is done to it (default: %(default)s)')
    parsed = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix='evs-fake-kills-') as temporary:
        try:
            seen = run(parsed.rounds, parsed.seed,
                       parsed.keep or pathlib.Path(temporary),
                       disturbances.BY_NAME[parsed.disturbance](), _progress,
                       ended.is_set)
        except (episode.Violation, disturbances.Impossible) as error:
            _progress('')
            print(error, file=sys.stderr)
            return 1
    _progress('')
    if parsed.format == 'json':
        print(json.dumps({'seed': parsed.seed, **seen}, indent=4))
    else:
        print('%(rounds)d of %(wanted)d rounds in %(seconds)s s, '
              'nothing lost' % seen)
        for what, count in seen['answers'].items():
            print('%6d  %s' % (count, what))
    return 0


if __name__ == '__main__':
    sys.exit(main())
