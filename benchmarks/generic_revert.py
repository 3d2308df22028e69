# SPDX-License-Identifier: Apache-2.0
"""evs-fake's driver, but for rollback, which is left to Cinder's own code."""

from evs_fake.volume import driver


class Driver(driver.EVSFakeDriver):
    """What Cinder does for a driver that cannot revert to a snapshot."""

    def revert_to_snapshot(self, context, volume, snapshot):
        raise NotImplementedError
