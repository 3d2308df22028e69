# SPDX-License-Identifier: Apache-2.0
"""``python -m tests.documentation [PAGE...]``: run pages, and look."""

import pathlib
import sys
import tempfile

from tests.documentation import page as pages
from tests.documentation import runner
from tests.documentation import terminal


def main(names: list[str]) -> int:
    failed = False
    for name in names or pages.names():
        page = pages.read(name)
        print('===', name)
        for block in page.blocks:
            if block.not_run:
                print('(line %d is not run: %s)' % (block.line,
                                                    block.not_run))
        if page.environment is None:
            continue
        with tempfile.TemporaryDirectory(
                prefix='evs-fake-doc-',
                ignore_cleanup_errors=True) as top:
            try:
                runner.run(page, pathlib.Path(top), sys.stdout.write,
                           quick=False)
            except (runner.Failed, terminal.Died) as failure:
                print('FAILED:', failure)
                failed = True
    return int(failed)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
