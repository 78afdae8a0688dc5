"""The table that chose `least_p_bg`: every region is changed, and the likelihood is that of a coin."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.forecast_cascade import log_likelihood, told, with_least
from quake.etas_models import WorldParameters
from quake.etas_parameters import CALIFORNIA
from quake.hindcast_windows import Windows


def test_every_region_and_the_default_get_the_value() -> None:
    world = with_least(WorldParameters({"r001": replace(CALIFORNIA, mu=3.0)}, CALIFORNIA), 0.3)
    assert [world.default, world.regions["r001"]] == [
        replace(CALIFORNIA, least_p_bg=0.3),
        replace(CALIFORNIA, mu=3.0, least_p_bg=0.3),
    ]


def test_the_likelihood_of_even_chances_is_that_of_a_coin() -> None:
    expected, happened = np.full((4, 3, 4), np.log(2)), np.arange(48).reshape(4, 3, 4) % 2 == 0
    np.testing.assert_allclose(log_likelihood(expected, happened), np.log(0.5))


def test_lines_compare_what_was_said_with_what_came() -> None:
    """Twice as many expected as came, where at least one was all but sure."""
    observed = np.full((2, 3, 4), 10)
    made = Windows(np.ones(2, bool), np.zeros(2), np.zeros(2), np.zeros(2), np.stack([2.0 * observed] * 2, 1), observed)
    lines = list(told(made))
    assert len(lines) == 6
    assert "counts 2.00 of what came, at most 20 expected where 10 came" in lines[0]
    assert float(lines[0].split("likelihood ")[1].split(",")[0]) == pytest.approx(0.0, abs=1e-4)
