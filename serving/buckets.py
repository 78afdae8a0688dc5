"""How often one client may come: a token bucket for each, and what counts as one client."""

from collections import OrderedDict
from ipaddress import IPv6Address, ip_address

CLIENTS = 10_000
"""Clients whose rate is remembered; the longest silent is forgotten first."""


class Buckets:
    """A token bucket a client: `per_minute` on average, as many at once."""

    def __init__(self) -> None:
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str, now: float, per_minute: int) -> float:
        """0 when the client may go on, else the seconds until it may; `now` is any clock's seconds."""
        left, at = self._left.pop(client, (float(per_minute), now))
        left = min(per_minute, left + (now - at) * per_minute / 60)
        self._left[client] = (left - 1 if left >= 1 else left, now)
        if len(self._left) > CLIENTS:
            self._left.popitem(last=False)
        return 0.0 if left >= 1 else (1 - left) * 60 / per_minute


def network_of(client: str) -> str:
    """Whose requests count together: an IPv4 address, or the /64 that one IPv6 customer has to itself."""
    try:
        address = ip_address(client)
    except ValueError:
        return client
    if isinstance(address, IPv6Address):
        return f"{address.ipv4_mapped or IPv6Address(int(address) >> 64 << 64)}"
    return str(address)
