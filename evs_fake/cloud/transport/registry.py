# SPDX-License-Identifier: Apache-2.0
"""The virtual hosts of this process, shared by all transports on them."""

import threading

from evs_fake.cloud.transport import broker


class Registry:
    """Gives each virtual host's users one broker, while there are users.

    :param backlog: see :class:`broker.Broker`
    """

    def __init__(self, backlog: int) -> None:
        self._backlog = backlog
        self._lock = threading.Lock()
        self._brokers: dict[str, broker.Broker] = {}
        self._users: dict[str, int] = {}

    def acquire(self, virtual_host: str) -> broker.Broker:
        """Become a user of a virtual host, made empty if it has none."""
        with self._lock:
            if virtual_host not in self._brokers:
                self._brokers[virtual_host] = broker.Broker(self._backlog)
                self._users[virtual_host] = 0
            self._users[virtual_host] += 1
            return self._brokers[virtual_host]

    def release(self, virtual_host: str) -> None:
        """Cease to be a user; the last one drops all messages kept."""
        with self._lock:
            self._users[virtual_host] -= 1
            if not self._users[virtual_host]:
                del self._users[virtual_host]
                del self._brokers[virtual_host]
