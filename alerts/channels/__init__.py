"""The channels: how one alert reaches one recipient. One file and one row in `CHANNELS` each."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol

from alerts.subscriptions import Subscription
from quake.schema import Alert
from quake.settings import Settings


@dataclass(frozen=True, slots=True)
class Parcel:
    """One alert for one recipient, and the alerts of its earthquake that this recipient was told before."""

    alert: Alert
    to: Subscription
    told: tuple[str, ...] = ()
    """Their alert_ids, oldest first."""


class Undeliverable(Exception):
    """It will never arrive: trying again would not help."""


class Channel(Protocol):
    """A way to recipients. What it sends again for one parcel names itself the same, so that receivers can tell."""

    def check(self, address: str) -> str:
        """The address in its one spelling. Raises ValueError that says what was wrong and what would be right."""

    async def send(self, parcel: Parcel) -> None:
        """Hands the parcel over. Raises Undeliverable for good, OSError when it may work later."""


CHANNELS: Mapping[str, str] = {
    "email": "alerts.channels.mail:MailChannel",
    "webhook": "alerts.channels.webhook:WebhookChannel",
}
"""Name -> `module:class`; the class takes the settings."""


def open_channel(name: str, settings: Settings) -> Channel:
    """The channel of that name. Raises ValueError naming those there are."""
    if name not in CHANNELS:
        raise ValueError(f"no channel {name!r}; known: {', '.join(CHANNELS)}")
    module, _, kind = CHANNELS[name].partition(":")
    return getattr(import_module(module), kind)(settings)


def open_channels(settings: Settings) -> dict[str, Channel]:
    """Every channel by its name."""
    return {name: open_channel(name, settings) for name in CHANNELS}
