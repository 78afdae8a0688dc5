"""The storm's short form, in one process; `benchmarks.serving_storm` is the long one, of many."""

import asyncio
import threading
import time
from itertools import islice
from multiprocessing import Pipe

from benchmarks.serving_alerts import simulated_alerts
from benchmarks.serving_nomads import Weather, queries_of, wander
from benchmarks.serving_storm import Expected

BEGIN, MESSAGES, PAUSE_S = 50, 100, 0.04


def test_chaos_in_a_storm_everyone_hears_every_message_once_and_in_order(world, gateway):
    """Subscribers are cut off, killed and moved between two gateways and an API; what each heard over all its lives
    is what the pure function says of the whole log."""
    log = list(islice(simulated_alerts(8), BEGIN + MESSAGES))
    world.publish(*log[:BEGIN])
    streams = gateway().stream, gateway().stream, world.serve().stream
    weather = Weather(8, 30, streams, life_s=1.0, nap_s=0.5, begin=BEGIN)
    expected = Expected(queries_of(weather), BEGIN)
    for alert in log:
        expected.offer(alert)
    orders, theirs = Pipe()
    clients = threading.Thread(target=lambda: asyncio.run(wander(weather, theirs)), daemon=True)
    clients.start()
    assert orders.poll(120) and orders.recv() == "ready"
    for alert in log[BEGIN:]:
        world.publish(alert)
        time.sleep(PAUSE_S)
    orders.send([len(one) for one in expected.heard()])
    assert orders.poll(300), "subscribers still miss something"
    heard, happened = orders.recv()
    clients.join(60)
    assert heard == expected.heard() and happened["failed"] == [], happened
    assert happened["kills"] > 5 and happened["cuts"] > 5 and happened["connections"] > 45, happened
