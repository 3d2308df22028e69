# SPDX-License-Identifier: Apache-2.0
"""A cloud for other people's tests.

:class:`EVSFake` is for testtools and unittest; the pytest plugin has the same
as fixtures.
"""

from typing import Any

__all__ = ['EVSFake']


def __getattr__(name: str) -> Any:
    # At first use: pytest imports this package in each of its runs, whether
    # there is "fixtures" or not, and must not become slower by it.
    if name == 'EVSFake':
        from evs_fake.testing import fixture
        return fixture.EVSFake
    raise AttributeError(
        'module %r has no attribute %r' % (__name__, name))
