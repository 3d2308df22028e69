# SPDX-License-Identifier: Apache-2.0
"""Fixtures of pytest.

pytest imports this module in each of its runs, where evs-fake is installed:
all else is imported when a test asks for a cloud.
"""

from __future__ import annotations

import os
import pathlib
from collections.abc import Generator
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from evs_fake.testing import cloud


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup('evs-fake', 'a fake of Huawei Cloud\'s EVS')
    group.addoption(
        '--evs-fake-state-dir', metavar='DIR',
        help='keep the cloud\'s state and log in DIR (with pytest-xdist, in '
             'a directory of DIR for each worker), whose contents are lost '
             'but for saved states; default: a temporary directory')
    parser.addini(
        'evs_fake_config_files', type='paths', default=[],
        help='cinder.conf files, whose settings win over the cloud\'s own')


@pytest.fixture(scope='session')
def evs_fake_cloud(pytestconfig: pytest.Config) -> Iterator[cloud.Cloud]:
    """A running fake of EVS, of the whole session; see ``evs_fake``."""
    from evs_fake.testing import cloud
    from evs_fake.testing import server
    # The one of evs_fake.testing.EVSFake, where tests of both kinds meet.
    running = server.shared(_state_dir(pytestconfig),
                            pytestconfig.getini('evs_fake_config_files'))
    yield cloud.Cloud(running)
    running.end()


@pytest.fixture
def evs_fake(evs_fake_cloud: cloud.Cloud) -> cloud.Cloud:
    """A running fake of EVS, empty for each test."""
    evs_fake_cloud.reset()
    return evs_fake_cloud


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
        item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Have a failed test tell what the cloud did meanwhile."""
    report = yield
    running = getattr(item, 'funcargs', {}).get('evs_fake_cloud')
    if report.failed and running is not None:
        report.sections.append(('evs-fake history', _told(running)))
    return report


def _told(running: cloud.Cloud) -> str:
    from evs_fake.testing import exception
    try:
        return '\n'.join(map(str, running.history()))
    except exception.Refused as error:
        return str(error)


def _state_dir(config: pytest.Config) -> pathlib.Path | None:
    given = config.getoption('evs_fake_state_dir')
    if given is None:
        return None
    # Each worker of pytest-xdist has a cloud of its own.
    return config.invocation_params.dir / given / os.environ.get(
        'PYTEST_XDIST_WORKER', '')
