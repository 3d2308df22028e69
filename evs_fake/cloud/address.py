# SPDX-License-Identifier: Apache-2.0
"""Where the servers of a cloud listen, and what clients call that."""

import dataclasses
import ipaddress
import socket
from collections.abc import Sequence

from evs_fake.cloud import exception

#: Connections that wait to be taken.
BACKLOG = 256

#: Loopback, by version of IP.
_LOOPBACK = {4: '127.0.0.1', 6: '::1'}

_Found = tuple[socket.AddressFamily, tuple]


@dataclasses.dataclass(frozen=True)
class Address:
    """That of all servers of a cloud but for their ports.

    :ivar host: to listen on.
    :ivar names: by which clients reach it; they are told the first. Without
        any, they are told the host, or loopback where that is no address to
        connect to.
    :ivar loopback_only: whether to refuse what other machines reach.
    """

    host: str = '127.0.0.1'
    names: Sequence[str] = ()
    loopback_only: bool = False

    def listen(self, port: int) -> socket.socket:
        """Take a port, before there is anything to serve.

        One that is taken is found out before the seconds of the boot.

        :param port: 0 takes a free one.
        :raises CloudError: if the address cannot be had, or may not be.
        """
        try:
            found = [(family, address) for family, _type, _proto, _name,
                     address in socket.getaddrinfo(
                         self.host or None, port, type=socket.SOCK_STREAM,
                         flags=socket.AI_PASSIVE)]
            self._check(found)
            return self._bind(found)
        except (OSError, UnicodeError) as error:
            raise exception.CloudError(
                'cannot listen on %s port %d: %s. Give another address with '
                '--host, or another port (0 takes a free one).' % (
                    self.host, port, error)) from error

    def url(self, listener: socket.socket) -> str:
        """Where clients reach a socket of :meth:`listen`."""
        bound, port = listener.getsockname()[:2]
        address = ipaddress.ip_address(bound)
        name = self.host
        if self.names:
            name = self.names[0]
        elif address.is_unspecified:
            name = _LOOPBACK[address.version]
        return 'http://%s:%d' % ('[%s]' % name if ':' in name else name,
                                 port)

    @property
    def called(self) -> list[str]:
        """All names that clients may have for it."""
        return [self.host, *self.names]

    def _check(self, found: Sequence[_Found]) -> None:
        if self.loopback_only and not all(
                ipaddress.ip_address(address[0]).is_loopback
                for _family, address in found):
            raise exception.CloudError(
                'other machines reach %s, and without Keystone whoever '
                'reaches the cloud may do all in it. Give --auth keystone; '
                'or, if you trust everybody in that network, '
                '--insecure-listen.' % (self.host or 'every address'))

    def _bind(self, found: Sequence[_Found]) -> socket.socket:
        for last, (family, address) in enumerate(found, 1 - len(found)):
            try:
                listener = socket.create_server(
                    address, family=family, backlog=BACKLOG,
                    dualstack_ipv6=self.host == '::'
                    and socket.has_dualstack_ipv6())
            except OSError:
                if last == 0:
                    raise
            else:
                # Connections take it over.
                listener.setsockopt(
                    socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return listener
        raise OSError('the name has no address')
