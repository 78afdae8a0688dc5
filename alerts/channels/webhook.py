"""Alerts as signed POSTs of JSON, after Standard Webhooks."""

import json
import time
from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

from alerts.cap import identifier
from alerts.channels import Parcel, Undeliverable
from quake.adapters.addresses import Forbidden, Resolve, check_address, resolve
from quake.adapters.webhook import Answer, post, signed_headers
from quake.schema import Alert, as_record
from quake.settings import Settings

GONE = 410
"""The receiver's word for `never again`."""


class WebhookChannel:
    """To URLs on the public internet, over TLS; the operator may allow more."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time, resolving: Resolve = resolve):
        self._networks, self._http = settings.webhook_networks, settings.webhook_http
        self._clock, self._resolving = clock, resolving

    def check(self, address: str) -> str:
        """The URL, if it can be called. Where its name leads is looked at before each call."""
        parts = urlsplit(address.strip())
        schemes = ("https", "http") if self._http else ("https",)
        if parts.scheme not in schemes or not parts.hostname:
            raise ValueError(f"a webhook needs a URL like https://example.org/alerts; schemes: {', '.join(schemes)}")
        if parts.username or parts.password or parts.fragment:
            raise ValueError("a webhook's URL has no user, password or #fragment: messages are signed instead")
        if parts.port == 0 or not address.strip().isascii() or not address.strip().isprintable():
            raise ValueError("a webhook's URL is plain ASCII: write other names as xn--…, other characters as %XX")
        try:
            ip_address(parts.hostname)
        except ValueError:
            return address.strip()
        check_address(parts.hostname, self._networks)
        return address.strip()

    async def send(self, parcel: Parcel) -> None:
        """One POST; a status of class 2xx is delivered, 410 ends it, all else, redirects too, may be tried again."""
        body = payload(parcel.alert)
        headers = signed_headers(parcel.to.secret, identifier(parcel.alert), int(self._clock()), body)
        headers |= {"content-type": "application/json", "user-agent": "quakestream", "connection": "close"}
        try:
            url = self.check(parcel.to.address)
            answer = await post(url, body, headers, allowed=self._networks, resolving=self._resolving)
        except (Forbidden, ValueError) as error:
            raise Undeliverable(str(error)) from error
        _judge(answer)


def payload(alert: Alert) -> bytes:
    """What a receiver gets: type `alert` or `exercise`, when it was sent, the alert as the API tells it."""
    kind = "exercise" if alert.drill else "alert"
    record = {"type": kind, "timestamp": alert.sent_at.isoformat(), "data": as_record(alert)}
    return json.dumps(record, default=lambda at: at.isoformat(), separators=(",", ":")).encode()


def _judge(answer: Answer) -> None:
    if answer.status == GONE:
        raise Undeliverable("410, the receiver wants no more")
    if not 200 <= answer.status <= 299:
        raise OSError(f"the receiver answered {answer.status}")
