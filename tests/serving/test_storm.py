"""The storm's short form: real processes, subscribers killed, cut off and moved. Long: benchmarks.serving_storm."""

import os

import pytest

from benchmarks.serving_storm import storm


@pytest.mark.skipif(
    "QUAKE_CHAOS" not in os.environ, reason="four busy processes for half a minute: `make chaos` runs it"
)
def test_chaos_in_a_storm_everyone_hears_every_message_once_and_in_order():
    found = storm(seconds=20, subscribers=100, rate=20, begin=500)
    assert found["wrong"] == 0 and found["delivered"] > 10_000, found
    assert found["kills"] > 20 and found["cuts"] > 20 and found["connections"] > 150, found
