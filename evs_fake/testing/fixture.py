# SPDX-License-Identifier: Apache-2.0
"""A cloud for testtools, unittest and scripts."""

from __future__ import annotations

import os
from collections.abc import Sequence

import fixtures

from evs_fake.testing import cloud
from evs_fake.testing import server


class EVSFake(cloud.Cloud, fixtures.Fixture):
    """A running cloud, as it is after a reset.

    ``self.useFixture(EVSFake())``, or ``with EVSFake() as cloud:``.

    The tests of a process share one, which starts at the first and ends with
    the process; each begins with a reset.
    """

    def __init__(self, state: str | None = None, *,
                 state_dir: str | os.PathLike | None = None,
                 config_files: Sequence[str | os.PathLike] = (),
                 shared: bool = True) -> None:
        """Prepare; nothing runs yet.

        :param state: what to begin with, a state that was saved; None is an
            empty cloud.
        :param state_dir: where the cloud's state is, and stays: all in it
            that no saved state has is lost. None is a temporary directory.
        :param config_files: cinder.conf files, whose settings win over the
            cloud's own. Only what has the same shares a cloud.
        :param shared: False is a cloud of its own, which ends with the
            fixture.
        """
        fixtures.Fixture.__init__(self)
        self._state = state
        self._state_dir = state_dir
        self._config_files = config_files
        self._shared = shared

    def setUp(self) -> None:
        """Have a running cloud.

        :raises NotStarted: if there is none.
        :raises Refused: if there is no such state.
        """
        # Not _setUp: what it raises is wrapped, where nobody reads it.
        super().setUp()
        try:
            cloud.Cloud.__init__(self, self._running())
            self.reset(self._state)
        except BaseException:
            self.cleanUp()
            raise

    def _running(self) -> server.Server:
        if self._shared:
            return server.shared(self._state_dir, self._config_files)
        own = server.Server(self._state_dir, self._config_files)
        self.addCleanup(own.end)
        own.start()
        return own
