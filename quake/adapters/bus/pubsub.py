"""The bus on Google Cloud Pub/Sub, or on its emulator: `pubsub://PROJECT?prefix=quake-`. No ordering keys: messages
carry their own order. Terraform makes topics and subscriptions; what is missing is made, where the account may.
"""

import math
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from google.api_core.exceptions import AlreadyExists, DeadlineExceeded, NotFound, PermissionDenied
from google.pubsub_v1 import PublisherClient, SubscriberClient

from quake.adapters.bus import Message, Received

LEAST_WAIT_S = 0.5
"""A pull that gives up sooner may leave messages on loan to nobody until their lease has run out."""
PUBLISH_MESSAGES, PUBLISH_BYTES = 1000, 9_000_000
"""Pub/Sub's limits on one request, bytes with some to spare."""
POLL_S = 0.05
"""Between two pulls that came back empty before their time."""
EMPTY = "empty"
"""The attribute that stands for no data: Pub/Sub refuses a message without data and attributes."""
LEASE_RANGE_S = 10, 600
ATTEMPTS_MIN = 5
"""Pub/Sub moves a message to the dead-letter topic after five deliveries at the earliest; we may do so before."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a `pubsub://` URL may say behind its `?`."""

    prefix: str = ""
    """Before every topic's and subscription's name."""
    lease_s: float = 60.0
    """Seconds until a pulled message that nobody settled comes back."""
    max_attempts: int = 5
    """Deliveries of one message to one subscription before it goes to `{topic}.dead`."""
    endpoint: str = ""
    """`host:port` of an emulator; default: PUBSUB_EMULATOR_HOST."""


class PubSubBus:
    """At-least-once delivery. A lease is Pub/Sub's ack id."""

    def __init__(self, url: str) -> None:
        self._project, self._options = parse_url(url)
        self._endpoint = self._options.endpoint or os.environ.get("PUBSUB_EMULATOR_HOST", "")
        self._taken: dict[str, Any] = {}

    def subscribe(self, topic: str, subscription: str) -> None:
        """Makes the subscription, from now on; raises ValueError when it already listens to another topic."""
        wanted = self._topic(topic)
        try:
            found = self._subscriber.get_subscription(subscription=self._subscription(subscription))
        except NotFound:
            found = self._subscribe(topic, subscription)
        if found.topic != wanted:
            raise ValueError(f"subscription {subscription!r} listens to {found.topic!r}, not to {wanted!r}")

    def unsubscribe(self, subscription: str) -> None:
        """Deletes the subscription; where the account may not, Pub/Sub lets it expire."""
        with suppress(NotFound, PermissionDenied):
            self._subscriber.delete_subscription(subscription=self._subscription(subscription))

    def publish(self, topic: str, messages: Sequence[Message]) -> None:
        """Appends the messages; each request is durable when it returns."""
        for batch in _batches(messages):
            request = {"topic": self._topic(topic), "messages": batch}
            try:
                self._publisher.publish(request=request)
            except NotFound:
                self._make_topic(topic)
                self._publisher.publish(request=request)

    def pull(self, subscription: str, limit: int = 100, timeout_s: float = 1.0) -> list[Received]:
        """Up to `limit` messages, oldest first among them; those delivered too often go to `{topic}.dead`."""
        path, deadline = self._subscription(subscription), time.monotonic() + timeout_s
        answer = self._pull(path, limit, timeout_s)
        while not answer and (remaining := deadline - time.monotonic()) > 0:
            time.sleep(min(remaining, POLL_S))
            answer = self._pull(path, limit, remaining)
        self._hold(path, [item.ack_id for item in answer])
        spent = [item for item in answer if item.delivery_attempt > self._options.max_attempts]
        self._bury(subscription, spent)
        return [self._received(item) for item in answer if item not in spent]

    def _pull(self, path: str, limit: int, timeout_s: float) -> list[Any]:
        wait_s = max(timeout_s, LEAST_WAIT_S)
        try:
            answer = self._subscriber.pull(subscription=path, max_messages=limit, timeout=wait_s, retry=None)
        except DeadlineExceeded:
            return []
        except NotFound as error:
            raise ValueError(
                f"no subscription {path.rpartition('/')[2].removeprefix(self._options.prefix)!r}: subscribe first"
            ) from error
        return sorted(answer.received_messages, key=lambda item: (item.message.publish_time, item.message.message_id))

    def ack(self, subscription: str, leases: Sequence[str]) -> None:
        """Settles the messages for good; Pub/Sub ignores leases that have run out."""
        self._forget(leases)
        if leases:
            self._subscriber.acknowledge(subscription=self._subscription(subscription), ack_ids=list(leases))

    def nack(self, subscription: str, leases: Sequence[str]) -> None:
        """Hands the messages back at once, or to `{topic}.dead` after the last attempt."""
        held = [self._taken[lease] for lease in leases if lease in self._taken]
        spent = [item for item in held if item.delivery_attempt >= self._options.max_attempts]
        self._bury(subscription, spent)
        buried = {item.ack_id for item in spent}
        back = [lease for lease in leases if lease not in buried]
        self._forget(back)
        if back:
            self._deadline(self._subscription(subscription), back, 0)

    def backlog(self, subscription: str) -> int:
        """Messages not acked yet, as Cloud Monitoring counted them some minutes ago; 0 on an emulator, which does not
        count. Raises ValueError for a subscription that is not there."""
        try:
            self._subscriber.get_subscription(subscription=self._subscription(subscription))
        except NotFound as error:
            raise ValueError(f"no subscription {subscription!r}: subscribe first") from error
        return 0 if self._endpoint else self._undelivered(subscription)

    def close(self) -> None:
        """Closes the channels that were opened."""
        for name in ("_publisher", "_subscriber"):
            if name in self.__dict__:
                self.__dict__.pop(name).transport.close()

    @cached_property
    def _publisher(self) -> PublisherClient:
        return PublisherClient(transport=self._transport(PublisherClient))

    @cached_property
    def _subscriber(self) -> SubscriberClient:
        return SubscriberClient(transport=self._transport(SubscriberClient))

    def _transport(self, client: Any) -> Any:
        """An insecure channel to an emulator; None lets the client find Google and its credentials."""
        if not self._endpoint:
            return None
        import grpc

        return client.get_transport_class("grpc")(channel=grpc.insecure_channel(self._endpoint))

    def _topic(self, topic: str) -> str:
        return f"projects/{self._project}/topics/{self._options.prefix}{topic}"

    def _subscription(self, subscription: str) -> str:
        return f"projects/{self._project}/subscriptions/{self._options.prefix}{subscription}"

    def _make_topic(self, topic: str) -> None:
        # A least-privilege account may not make topics: Terraform has made them.
        with suppress(AlreadyExists, PermissionDenied):
            self._publisher.create_topic(name=self._topic(topic))

    def _subscribe(self, topic: str, subscription: str) -> Any:
        least, most = LEASE_RANGE_S
        for name in (topic, f"{topic}.dead"):
            self._make_topic(name)
        wanted = {
            "name": self._subscription(subscription),
            "topic": self._topic(topic),
            "ack_deadline_seconds": min(max(math.ceil(self._options.lease_s), least), most),
            "dead_letter_policy": {
                "dead_letter_topic": self._topic(f"{topic}.dead"),
                "max_delivery_attempts": max(self._options.max_attempts, ATTEMPTS_MIN),
            },
        }
        try:
            return self._subscriber.create_subscription(request=wanted)
        except AlreadyExists:
            return self._subscriber.get_subscription(subscription=wanted["name"])

    def _hold(self, path: str, leases: list[str]) -> None:
        """Gives leases their length where the subscription could not be made with it."""
        if leases and self._options.lease_s < LEASE_RANGE_S[0]:
            self._deadline(path, leases, math.ceil(self._options.lease_s))

    def _deadline(self, path: str, leases: list[str], seconds: int) -> None:
        self._subscriber.modify_ack_deadline(subscription=path, ack_ids=leases, ack_deadline_seconds=seconds)

    def _received(self, item: Any) -> Received:
        self._taken[item.ack_id] = item
        attributes = {key: value for key, value in item.message.attributes.items() if key != EMPTY}
        return Received(item.ack_id, item.message.data, attributes, max(item.delivery_attempt, 1))

    def _forget(self, leases: Sequence[str]) -> None:
        for lease in leases:
            self._taken.pop(lease, None)

    def _bury(self, subscription: str, spent: list[Any]) -> None:
        if not spent:
            return
        path = self._subscription(subscription)
        topic = self._subscriber.get_subscription(subscription=path).topic.rpartition("/")[2]
        dead = f"{topic.removeprefix(self._options.prefix)}.dead"
        marked = {"subscription": subscription}
        self.publish(dead, [Message(item.message.data, dict(item.message.attributes) | marked) for item in spent])
        self.ack(subscription, [item.ack_id for item in spent])

    def _undelivered(self, subscription: str) -> int:
        from quake.adapters.bus.pubsub_backlog import undelivered

        return undelivered(self._project, f"{self._options.prefix}{subscription}")


def parse_url(url: str) -> tuple[str, Options]:
    """Project and options of `pubsub://PROJECT?prefix=quake-`. Raises ValueError saying what is wrong."""
    parts = urlsplit(url)
    if parts.scheme != "pubsub" or not parts.netloc or parts.path.strip("/"):
        raise ValueError(f"not the address of a Pub/Sub bus: {url!r}; like pubsub://PROJECT?prefix=quake-")
    types = {field.name: field.type for field in fields(Options)}
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = given.keys() - types
    if unknown:
        raise ValueError(f"{url!r}: no option {sorted(unknown)[0]!r}; known: {', '.join(types)}")
    return parts.netloc, Options(**{name: types[name](text) for name, text in given.items()})


def _batches(messages: Sequence[Message]) -> Iterator[list[dict[str, Any]]]:
    """Requests within Pub/Sub's limits."""
    batch: list[dict[str, Any]] = []
    size = 0
    for message in messages:
        length = len(message.data) + sum(len(key) + len(value) for key, value in message.attributes.items()) + 100
        if batch and (len(batch) == PUBLISH_MESSAGES or size + length > PUBLISH_BYTES):
            yield batch
            batch, size = [], 0
        empty = {} if message.data or message.attributes else {EMPTY: "yes"}
        batch.append({"data": message.data, "attributes": dict(message.attributes) | empty})
        size += length
    if batch:
        yield batch
