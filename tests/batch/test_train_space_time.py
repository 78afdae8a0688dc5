"""The space-time part fitted again: by what came until a date and nothing after it, or as committed, or not at all."""

from datetime import UTC, datetime

import numpy as np
import pytest

from batch.train import ETAS, fitted, load_quakes, train
from batch.train_space_time import refitted, space_time_until
from quake.adapters.storage import open_storage
from quake.etas_models import WorldParameters
from quake.model import ForecastModel
from quake.quakes import Quakes
from quake.settings import Settings
from tests.batch.conftest import FORM, HOME

KNOWN, END = (datetime(year, 1, 1, tzinfo=UTC) for year in (2003, 2008))
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(name="quakes")
def _quakes(settings: Settings) -> Quakes:
    return load_quakes(open_storage(settings.storage))


def test_the_level_follows_what_came(quakes: Quakes, space_time: WorldParameters) -> None:
    """1,500 pairs in ten years: 0.82 a day, most of them background or a first aftershock; committed are 0.2."""
    world, about = space_time_until(quakes, END, progress=False)
    own = world.regions[HOME]
    assert 0.3 < own.mu < 0.9 and (own.d, own.c, own.mc) == (FORM.d, FORM.c, FORM.mc)
    assert world.default == space_time.default
    assert about["span"] == ["2001-01-01", "2008-01-01"] and about["form_span"] == ["2001-01-01", "2003-01-01"]


def test_leakage_what_comes_after_changes_nothing(quakes: Quakes, space_time: WorldParameters) -> None:
    before = quakes.between(datetime(1990, 1, 1, tzinfo=UTC), END, 0.0)
    assert space_time_until(before, END, progress=False) == space_time_until(quakes, END, progress=False)


def test_committed_where_it_ends_and_none_where_it_has_seen_more(quakes: Quakes, space_time: WorldParameters) -> None:
    assert space_time_until(quakes, KNOWN)[0] is space_time
    assert space_time_until(quakes, KNOWN.replace(year=2002)) == (None, {})


def test_silence_keeps_the_form_and_lowers_the_rate(space_time: WorldParameters) -> None:
    nothing = Quakes(*np.empty((5, 0)))
    own = refitted(space_time, {HOME: 0.0}, nothing, 1000.0, progress=False).regions[HOME]
    assert own.mu == pytest.approx(0.5 / 1000) and own.weights == FORM.weights


def test_one_part_is_fitted_and_the_rest_is_the_champions(settings, quakes, set_model, space_time) -> None:
    set_model("champion", "old", -2.0)
    storage = open_storage(settings.storage)
    etas, about = fitted(storage, quakes, (KNOWN, END), ETAS)
    background, kept = fitted(storage, quakes, (KNOWN, END), "background")
    assert etas.reasenberg_jones.a == -2.0 and etas.etas.regions[HOME] != FORM
    assert background.reasenberg_jones.a != -2.0 and background.etas is None
    assert about["space_time_span"] == "['2001-01-01', '2008-01-01']" and kept == {"space_time": {}}
    assert HOME in about["space_time"]["complete_since"] and "space_time_complete_since" not in about
    with pytest.raises(ValueError, match="has seen what comes after 2007"):
        fitted(storage, quakes, (KNOWN, END.replace(year=2004)), ETAS)


def test_the_whole_model_carries_it(settings: Settings, space_time: WorldParameters) -> None:
    del space_time
    trained = train(settings, datetime(2000, 1, 1, tzinfo=UTC), END, register=False, now=NOW)
    assert isinstance(trained.model, ForecastModel) and trained.model.etas.regions[HOME] != FORM
    assert trained.provenance["space_time"]["fitted_again"] and trained.provenance["part"] == "forecast"
    metrics = trained.provenance["metrics"]
    assert metrics["gain_low"] < metrics["gain_per_forecast"] < metrics["gain_high"]
