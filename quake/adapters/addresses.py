"""Which network addresses we may call on a stranger's behalf: none that lead into our own network (SSRF)."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host and port -> the addresses that the name stands for now."""

NAT64 = IPv6Network("64:ff9b::/96")
COMPATIBLE = IPv6Network("::/96")
CLOUD_SERVICES = {ip_address("168.63.129.16")}
"""Public by number, yet the inside of a cloud: Azure's WireServer. The other clouds' are link-local or private."""


class Forbidden(ValueError):
    """An address, or a name that stands for one, that we do not call."""


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host by the system's resolver. Raises OSError when it has none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


def check_address(text: str, allowed: Sequence[str] = ()) -> None:
    """Raises Forbidden unless the address is on the public internet or in one of the networks `allowed` (CIDR)."""
    address = ip_address(text.partition("%")[0])
    if any(_within(address, network) for network in allowed):
        return
    if not all(_public(each) for each in (address, *_embedded(address))):
        raise Forbidden(
            f"{text} is not on the public internet: loopback, private, link-local, shared, multicast and reserved "
            "addresses are refused; the operator may allow a network by QUAKE_WEBHOOK_NETWORKS"
        )


async def checked_addresses(
    host: str, port: int, allowed: Sequence[str] = (), resolving: Resolve = resolve
) -> list[str]:
    """The addresses of a host; Forbidden when a single one of them is, OSError when there are none.

    Connect to these and do not look the name up again: its answer may differ the next time (DNS rebinding).
    """
    addresses = list(await resolving(host, port))
    if not addresses:
        raise OSError(f"{host} has no address")
    for address in addresses:
        check_address(address, allowed)
    return addresses


def _within(address: Address, network: str) -> bool:
    net = ip_network(network, strict=False)
    return any(each.version == net.version and each in net for each in (address, *_mapped(address)))


def _public(address: Address) -> bool:
    return address.is_global and not address.is_multicast and not address.is_reserved and address not in CLOUD_SERVICES


def _mapped(address: Address) -> Iterator[Address]:
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        yield address.ipv4_mapped


def _embedded(address: Address) -> Iterator[Address]:
    """The IPv4 addresses that an IPv6 address leads to by translation or tunnel."""
    if not isinstance(address, IPv6Address):
        return
    yield from _mapped(address)
    if address in NAT64 or address in COMPATIBLE:
        yield IPv4Address(int(address) & 0xFFFFFFFF)
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo
