# SPDX-License-Identifier: Apache-2.0
"""The command ``evs-fake``."""

import argparse
import os
import signal
import sys
from collections.abc import Sequence

from evs_fake.clients import exception as client_exception
from evs_fake.cloud import exception
from evs_fake.cmd import credential
from evs_fake.cmd import demo
from evs_fake.cmd import history
from evs_fake.cmd import openrc
from evs_fake.cmd import reset
from evs_fake.cmd import rule
from evs_fake.cmd import serve
from evs_fake.cmd import state


def parser() -> argparse.ArgumentParser:
    """The command line, for whoever reads or documents it."""
    made = argparse.ArgumentParser(
        prog='evs-fake',
        description="Huawei Cloud's Elastic Volume Service on your own "
                    'machine: real Cinder with a fake storage array.')
    commands = made.add_subparsers(metavar='COMMAND', required=True)
    for module in (demo, serve, openrc, credential, rule, history,
                   reset, state):
        name = module.__name__.rpartition('.')[2]
        summary = module.__doc__.splitlines()[0]
        command = commands.add_parser(
            name, help=summary, description=module.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter)
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    :returns: the exit code: 0, or 1 after one line on stderr.
    """
    parsed = parser().parse_args(arguments)
    try:
        return parsed.run(parsed)
    except (exception.CloudError, client_exception.ClientError) as error:
        print('evs-fake: %s' % error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read has enough ("| head"); the interpreter would complain
        # once more when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE


if __name__ == '__main__':
    sys.exit(main())
