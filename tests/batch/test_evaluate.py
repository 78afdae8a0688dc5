"""Paired scores of two models on what neither has seen: who knows aftershocks wins, nobody sees the future."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from batch.evaluate import evaluate, replay, unseen
from batch.train import load_quakes
from quake.adapters.storage import open_storage
from quake.hindcast import followers
from quake.model import ForecastModel
from quake.quakes import Quakes
from quake.seismicity import ReasenbergJones
from quake.settings import Settings
from quake.smoothed import RateGrid

START, END = (datetime(year, 1, 1, tzinfo=UTC) for year in (2000, 2008))
RATES = np.full((18, 36), 1e-3)
RATES[9, 18] = 350.0


def made(version: str, productivity: float) -> ForecastModel:
    return ForecastModel(version, ReasenbergJones(a=productivity), RateGrid(RATES, 5.0, 1.0), START, END)


@pytest.fixture(name="quakes")
def _quakes(settings: Settings) -> Quakes:
    return load_quakes(open_storage(settings.storage))


def test_the_model_that_knows_aftershocks_beats_the_one_that_does_not(quakes: Quakes) -> None:
    verdict = evaluate(made("new", -1.67), made("old", -9.0), quakes)
    assert verdict.over_champion.low > 0 and verdict.over_baseline.low > 0
    assert verdict.champion_over_baseline.value == pytest.approx(0, abs=1e-3)
    back = evaluate(made("old", -9.0), made("new", -1.67), quakes)
    assert back.over_champion.value == pytest.approx(-verdict.over_champion.value) and back.over_champion.high < 0


def test_a_model_does_not_beat_itself(quakes: Quakes) -> None:
    gain = evaluate(made("twin", -1.67), made("same", -1.67), quakes).over_champion
    assert (gain.value, gain.low, gain.high) == (0, 0, 0)


def test_determinism_same_seed_same_interval(quakes: Quakes) -> None:
    first, second = (evaluate(made("new", -1.67), made("old", -2.5), quakes, seed=3) for _ in range(2))
    assert first == second


def test_leakage_only_what_neither_model_was_fitted_to_is_scored(quakes: Quakes) -> None:
    later = END + timedelta(days=100)
    window = unseen(replace(made("new", -1.67), trained_to=later), made("old", -2.0), quakes)
    assert window[0] == later
    assert evaluate(replace(made("new", -1.67), trained_to=later), made("old", -2.0), quakes).start == later


def test_leakage_the_future_changes_no_forecast(quakes: Quakes) -> None:
    """Cutting the catalogue off a horizon after a forecast leaves it, to the last digit."""
    end = datetime(2009, 1, 1, tzinfo=UTC)
    whole = replay([made("m", -1.67)], quakes, END, datetime(2010, 1, 1, tzinfo=UTC))
    cut = replay([made("m", -1.67)], quakes.between(START, end, 0.0), END, end)
    assert len(cut.observed) > 50
    assert (cut.probability == whole.probability[: len(cut.probability)]).all()
    assert (cut.observed == whole.observed[: len(cut.observed)]).all()


def test_followers_are_counted_within_the_disc_and_the_week() -> None:
    day = 86_400.0
    times = np.array([0.0, 600.0, 2 * day, 6.9 * day, 7.5 * day])
    places = np.array([0.0, 0.0, 0.5, 3.0, 0.0])
    found = followers(Quakes(times, places, np.zeros(5), np.full(5, 5.0), np.zeros(5)))
    # The second comes before the first one's forecast (20 minutes), the fourth is 330 km away.
    assert found.tolist() == [1, 1, 1, 0, 0]


def test_nothing_unseen_is_an_error_that_says_so(quakes: Quakes) -> None:
    ahead = datetime(2009, 12, 30, tzinfo=UTC)
    with pytest.raises(ValueError, match="neither model has seen"):
        evaluate(replace(made("new", -1.67), trained_to=ahead), made("old", -2.0), quakes)
