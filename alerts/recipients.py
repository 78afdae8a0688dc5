"""To whom each message of the log is due: every subscription's `Audience`, and what its recipient was told before."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from alerts.audience import TERMINAL, Audience
from alerts.channels import Parcel
from alerts.subscriptions import Subscription
from quake.schema import Alert


@dataclass(slots=True)
class Recipients:
    """What follows from the log up to `seq` of `epoch` and the subscriptions. No clock, no network."""

    epoch: str = ""
    seq: int = 0
    audiences: dict[str, tuple[Subscription, Audience]] = field(default_factory=dict)
    told: dict[tuple[str, str, str], tuple[str, ...]] = field(default_factory=dict)
    """Channel, recipient, quake_id -> the alert_ids that were due, while the chain goes on."""

    def follow(self, subscriptions: Mapping[str, Subscription], open_chains: Iterable[Alert]) -> None:
        """Takes in who came and lets go of who left; `open_chains` are their messages up to `seq`, in order."""
        background = None
        for identity in self.audiences.keys() - subscriptions.keys():
            del self.audiences[identity]
        for identity in [each for each in subscriptions if each not in self.audiences]:
            subscription = subscriptions[identity]
            audience = Audience(subscription.filter)
            background = list(open_chains) if background is None else background
            for alert in background:
                if subscription.concerns(alert):
                    audience.offer(alert)
            self.audiences[identity] = subscription, audience

    def due(self, alert: Alert) -> list[Parcel]:
        """To whom the next message of the log is due: once for each recipient, however many subscriptions it has."""
        parcels: dict[tuple[str, str, str], Parcel] = {}
        for subscription, audience in self.audiences.values():
            key = subscription.channel, subscription.recipient, alert.quake_id
            wanted = subscription.concerns(alert) and audience.offer(alert)
            if wanted and key not in parcels and not subscription.has_been_before(alert):
                parcels[key] = Parcel(alert, subscription, self.told.get(key, ()))
        self.seq = alert.seq
        self._remember(alert, parcels)
        return list(parcels.values())

    def _remember(self, alert: Alert, parcels: Iterable[tuple[str, str, str]]) -> None:
        for key in parcels:
            self.told[key] = (*self.told.get(key, ()), alert.alert_id)
        if alert.message_type in TERMINAL:
            for key in [key for key in self.told if key[2] == alert.quake_id]:
                del self.told[key]
