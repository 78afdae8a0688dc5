"""Who wants which alerts on which channel: one private file a subscription, made and removed, never changed.

Tables and logs know a recipient only by a name without meaning; addresses and secrets stay in these files.
"""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from alerts.filter import Filter, parse_filter
from quake.adapters.private import write_private
from quake.adapters.storage import Storage
from quake.adapters.webhook import SECRET_PREFIX
from quake.schema import Alert

FOLDER = "subscriptions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One wish. `epoch` and `seq` say where the alert log stood: what came before is not sent."""

    id: str
    channel: str
    recipient: str
    """What tables call the address: the same for all subscriptions of one address on one channel."""
    address: str = field(repr=False)
    secret: str = field(default="", repr=False)
    """Of a webhook: what its messages are signed with."""
    wanted: dict[str, str] = field(default_factory=dict)
    """The filter as a query; none is every alert."""
    replays: bool = False
    """Alerts of replays and simulations too, marked as such."""
    epoch: str = ""
    """Empty: before the first alert."""
    seq: int = 0
    created_at: str = ""

    @property
    def filter(self) -> Filter:
        """The filter that `wanted` says."""
        return parse_filter(self.wanted)

    @property
    def shown(self) -> str:
        """The address as far as a list may show it."""
        if self.channel == "webhook":
            parts = urlsplit(self.address)
            return f"{parts.scheme}://{parts.hostname}/…"
        name, _, domain = self.address.rpartition("@")
        return f"{name[:1]}…@{domain}"

    def concerns(self, alert: Alert) -> bool:
        """Whether the alert is of a kind that may be sent at all: what is live, and drills."""
        return self.replays or alert.drill or alert.mode == "live"

    def has_been_before(self, alert: Alert) -> bool:
        """Whether the alert is older than the subscription."""
        return alert.epoch == self.epoch and alert.seq <= self.seq


def read_subscriptions(storage: Storage, known: Mapping[str, Subscription] | None = None) -> dict[str, Subscription]:
    """Every subscription by its id, oldest first; those in `known` are not read again."""
    known, found = known or {}, {}
    for path in storage.list(FOLDER):
        identity = path.removeprefix(f"{FOLDER}/").removesuffix(".json")
        found[identity] = known.get(identity) or Subscription(**json.loads(storage.read(path)))
    return dict(sorted(found.items(), key=lambda item: (item[1].created_at, item[0])))


def add_subscription(  # pylint: disable=too-many-arguments  # what a subscription is made of
    storage: Storage,
    channel: str,
    address: str,
    wanted: Mapping[str, str],
    now: datetime,
    *,
    replays: bool = False,
    epoch: str = "",
    seq: int = 0,
) -> Subscription:
    """A new subscription, stored. Raises ValueError for a filter that cannot be meant, or one that is there already.

    A webhook gets a secret, the same for all subscriptions of its URL.
    """
    parse_filter(wanted)
    same = [each for each in read_subscriptions(storage).values() if (each.channel, each.address) == (channel, address)]
    if any(each.wanted == dict(wanted) and each.replays == replays for each in same):
        raise ValueError(f"{channel} {address} has this subscription already; `quake subscribe list` shows it")
    made = Subscription(
        id=secrets.token_hex(4),
        channel=channel,
        recipient=same[0].recipient if same else f"r{secrets.token_hex(6)}",
        address=address,
        secret=(same[0].secret if same else _secret()) if channel == "webhook" else "",
        wanted=dict(wanted),
        replays=replays,
        epoch=epoch,
        seq=seq,
        created_at=now.isoformat(),
    )
    write_private(storage, f"{FOLDER}/{made.id}.json", json.dumps(asdict(made), indent=2).encode())
    return made


def remove_subscription(storage: Storage, identity: str) -> Subscription:
    """Ends a subscription; nothing more is sent for it, no cancellation either. Raises LookupError for another id."""
    kept = read_subscriptions(storage)
    if identity not in kept:
        raise LookupError(f"no subscription {identity!r}; known: {', '.join(kept) or 'none'}")
    storage.delete(f"{FOLDER}/{identity}.json")
    return kept[identity]


def _secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()
