"""The embedded bus: topics, durable subscriptions and leases in the store's SQLite file, shared by many processes."""

import json
import time
from collections.abc import Callable, Iterable, Sequence
from types import MappingProxyType

from quake.adapters.bus import Message, Received
from quake.adapters.store import Store, parse_url

DAY_S = 86_400.0
RECHECK_S = 0.25
"""A waiting pull looks this often for leases that have run out, commits or not."""
RETIRE_S = 60.0
"""Between two deletions of old messages by one process."""
RETIRE_LIMIT = 20_000
"""Messages of one topic deleted at once, so that no publisher waits long."""

CANDIDATES = """
SELECT * FROM (
    SELECT m.message_id, l.attempt, m.data, m.attributes, m.topic
    FROM bus_leases AS l JOIN bus_messages AS m ON m.message_id = l.message_id
    WHERE l.subscription = ?1 AND l.expires_at <= ?2 ORDER BY m.message_id LIMIT ?3)
UNION ALL
SELECT * FROM (
    SELECT m.message_id, 0, m.data, m.attributes, m.topic
    FROM bus_subscriptions AS s JOIN bus_messages AS m ON m.topic = s.topic AND m.message_id > s.read_to
    WHERE s.subscription = ?1 ORDER BY m.message_id LIMIT ?3)
LIMIT ?3
"""
"""What a subscription may have next: leases that have run out are older than anything it has not read."""
BACKLOG = """
SELECT (SELECT COUNT(*) FROM bus_leases WHERE subscription = ?1)
    + (SELECT COUNT(*) FROM bus_subscriptions AS s JOIN bus_messages AS m ON m.topic = s.topic
       AND m.message_id > s.read_to WHERE s.subscription = ?1)
"""
RETIRE = """
DELETE FROM bus_messages WHERE message_id IN (
    SELECT message_id FROM (
        SELECT message_id, published_at FROM bus_messages WHERE topic = ?1
        AND message_id <= (SELECT COALESCE(MIN(read_to), 9e18) FROM bus_subscriptions WHERE topic = ?1)
        AND message_id < (SELECT COALESCE(MIN(l.message_id), 9e18) FROM bus_leases AS l
                          JOIN bus_subscriptions AS s ON s.subscription = l.subscription WHERE s.topic = ?1)
        ORDER BY message_id LIMIT ?3)
    WHERE published_at < ?2)
"""
"""Old messages that every subscription of the topic has settled."""


class SqliteBus:
    """At-least-once delivery. A lease reads `message_id.attempt`, so a lease that was handed on settles nothing."""

    def __init__(self, url: str, clock: Callable[[], float] = time.time) -> None:
        path, self._options = parse_url(url)
        self.store = Store.open(path)
        self._clock = clock
        self._retired_at = 0.0

    def subscribe(self, topic: str, subscription: str) -> None:
        """Makes the subscription, from now on; raises ValueError when it already listens to another topic."""
        with self.store.transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO bus_topics VALUES (?)", (topic,))
            connection.execute(
                "INSERT OR IGNORE INTO bus_subscriptions "
                "SELECT ?, ?, COALESCE((SELECT MAX(message_id) FROM bus_messages), 0)",
                (subscription, topic),
            )
            listens = self._topic(subscription, connection.execute)
        if listens != topic:
            raise ValueError(f"subscription {subscription!r} listens to {listens!r}, not to {topic!r}")

    def unsubscribe(self, subscription: str) -> None:
        """Ends the subscription, its leases with it: messages that only it had not settled may now be deleted."""
        with self.store.transaction() as connection:
            for table in ("bus_leases", "bus_subscriptions"):
                connection.execute(f"DELETE FROM {table} WHERE subscription = ?", (subscription,))

    def publish(self, topic: str, messages: Sequence[Message]) -> None:
        """Appends the messages, durably unless a transaction is open, which then carries the promise."""
        now = self._clock()
        with self.store.transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO bus_topics VALUES (?)", (topic,))
            connection.executemany(
                "INSERT INTO bus_messages (topic, data, attributes, published_at) VALUES (?, ?, ?, ?)",
                ((topic, bytes(message.data), json.dumps(dict(message.attributes)), now) for message in messages),
            )
            if now - self._retired_at > RETIRE_S:
                self._retired_at = now
                self.retire()

    def pull(self, subscription: str, limit: int = 100, timeout_s: float = 1.0) -> list[Received]:
        """Up to `limit` messages, oldest first. Raises ValueError for a subscription that was never made."""
        deadline = time.monotonic() + timeout_s
        self._topic(subscription, self.store.read)
        while True:
            version = self.store.version()
            received = self._take(subscription, limit)
            remaining = deadline - time.monotonic()
            if received or remaining <= 0:
                return received
            self.store.wait(version, min(remaining, RECHECK_S))

    def ack(self, subscription: str, leases: Sequence[str]) -> None:
        """Settles the messages for good; a lease that was handed back or handed on is ignored."""
        with self.store.transaction() as connection:
            connection.executemany(
                "DELETE FROM bus_leases WHERE subscription = ? AND message_id = ? AND attempt = ? AND expires_at > 0",
                ((subscription, *_parse_lease(lease)) for lease in leases),
            )

    def nack(self, subscription: str, leases: Sequence[str]) -> None:
        """Hands the messages back at once, or to `{topic}.dead` after the last attempt."""
        with self.store.transaction() as connection:
            connection.executemany(
                "UPDATE bus_leases SET expires_at = 0 WHERE subscription = ? AND message_id = ? AND attempt = ?",
                ((subscription, *_parse_lease(lease)) for lease in leases),
            )
            self._bury(subscription, self._candidates(subscription, len(leases), connection.execute))

    def backlog(self, subscription: str) -> int:
        """Messages not acked yet, those on loan included."""
        self._topic(subscription, self.store.read)
        return self.store.read(BACKLOG, (subscription,))[0][0]

    def retire(self) -> None:
        """Deletes messages older than the retention that every subscription has settled; publishing does it too."""
        before = self._clock() - self._options.retention_days * DAY_S
        with self.store.transaction() as connection:
            for (topic,) in connection.execute("SELECT topic FROM bus_topics").fetchall():
                connection.execute(RETIRE, (topic, before, RETIRE_LIMIT))

    def close(self) -> None:
        """Lets go of the store."""
        self.store.close()

    def _take(self, subscription: str, limit: int) -> list[Received]:
        if not self._candidates(subscription, 1, self.store.read):
            return []
        with self.store.transaction() as connection:
            candidates = self._candidates(subscription, limit, connection.execute)
            living = self._bury(subscription, candidates)
            expires_at = self._clock() + self._options.lease_s
            connection.executemany(
                "INSERT OR REPLACE INTO bus_leases VALUES (?, ?, ?, ?)",
                ((subscription, message_id, attempt + 1, expires_at) for message_id, attempt, *_ in living),
            )
            if candidates:
                connection.execute(
                    "UPDATE bus_subscriptions SET read_to = MAX(read_to, ?) WHERE subscription = ?",
                    (candidates[-1][0], subscription),
                )
        return [_received(*candidate) for candidate in living]

    def _candidates(self, subscription: str, limit: int, execute: Callable[..., Iterable[tuple]]) -> list[tuple]:
        return list(execute(CANDIDATES, (subscription, self._clock(), limit)))

    def _bury(self, subscription: str, candidates: list[tuple]) -> list[tuple]:
        """Sends messages that had all their attempts to the topic's dead letters; returns the others."""
        dead = [candidate for candidate in candidates if candidate[1] >= self._options.max_attempts]
        if not dead:
            return candidates
        for message_id, attempt, data, attributes, topic in dead:
            reason = {"subscription": subscription, "attempts": str(attempt), "message_id": str(message_id)}
            self.publish(f"{topic}.dead", [Message(data, json.loads(attributes) | reason)])
        with self.store.transaction() as connection:
            connection.executemany(
                "DELETE FROM bus_leases WHERE subscription = ? AND message_id = ?",
                ((subscription, message_id) for message_id, *_ in dead),
            )
        return [candidate for candidate in candidates if candidate not in dead]

    def _topic(self, subscription: str, execute: Callable[..., Iterable[tuple]]) -> str:
        found = list(execute("SELECT topic FROM bus_subscriptions WHERE subscription = ?", (subscription,)))
        if not found:
            raise ValueError(f"no subscription {subscription!r}: subscribe it to a topic first")
        return found[0][0]


def _received(message_id: int, attempt: int, data: bytes, attributes: str, _topic: str) -> Received:
    return Received(f"{message_id}.{attempt + 1}", data, MappingProxyType(json.loads(attributes)), attempt + 1)


def _parse_lease(lease: str) -> tuple[int, int]:
    message_id, _, attempt = lease.partition(".")
    if not (message_id.isdecimal() and attempt.isdecimal()):
        raise ValueError(f"not a lease of this bus: {lease!r}")
    return int(message_id), int(attempt)
