# SPDX-License-Identifier: Apache-2.0
"""Unit tests on green threads, as cinder-volume runs until Cinder 28.

``python -m tests.under_eventlet <package>...``
"""

import eventlet

# Before anything else is imported.
eventlet.monkey_patch()

import importlib  # noqa: E402
import pathlib  # noqa: E402
import sys  # noqa: E402
import unittest  # noqa: E402


def main(packages: list[str]) -> int:
    """Run all tests of packages.

    :returns: the exit code.
    """
    suite = unittest.TestSuite()
    for name in packages:
        package = importlib.import_module(name)
        top = pathlib.Path(__file__).parents[1]
        suite.addTests(unittest.TestLoader().discover(
            str(pathlib.Path(package.__file__).parent),
            top_level_dir=str(top)))
    result = unittest.TextTestRunner(buffer=True).run(suite)
    return 0 if suite.countTestCases() and result.wasSuccessful() else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
