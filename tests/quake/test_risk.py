"""What may follow: Reasenberg-Jones over the normal day."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quake.aftershocks import expected_counts
from quake.calibration import Calibration, CalibrationTable
from quake.catalog import DAY_S, Catalog
from quake.risk import HORIZONS_DAYS, MAGNITUDES, QUANTILES, alike, calibrated, exceedances, largest_magnitudes
from quake.schema import COUNTS, FIRSTS
from quake.seismicity import CALIFORNIA, ReasenbergJones, reasenberg_jones_count

AT = datetime(2023, 2, 6, 12, tzinfo=UTC).timestamp()


class OneAYear:
    """One M >= 4 a year, b = 1, everywhere."""

    version = "one"
    reasenberg_jones: ReasenbergJones = CALIFORNIA
    etas: None = None
    calibration: CalibrationTable | None = None
    trained_from = trained_to = datetime(2000, 1, 1, tzinfo=UTC)

    def baseline_expected(self, _latitude, _longitude, _radius_km, horizon_days, magnitude_min):
        """10^(4 - m) a year."""
        return 10 ** (4 - magnitude_min) * horizon_days / 365.25


def after(*shocks: tuple[float, float]) -> Catalog:
    """A catalogue of (days before AT, magnitude) at 38 N 37 E."""
    catalog = Catalog()
    for number, (days, magnitude) in enumerate(shocks):
        catalog.put(f"q{number}", AT - days * DAY_S, 38.0, 37.0, magnitude)
    return catalog


def by_window(catalog: Catalog, latitude=38.0) -> dict:
    """Exceedances by horizon and magnitude."""
    model = OneAYear()
    found = exceedances(model, alike(expected_counts(model, catalog, latitude, 37.0, AT)), latitude, 37.0)
    return {(item.horizon_days, item.magnitude_min): item for item in found}


def test_a_quiet_place_has_its_normal_day():
    found = by_window(Catalog())
    assert set(found) == {(days, magnitude) for days in HORIZONS_DAYS for magnitude in MAGNITUDES}
    assert all(item.gain == 1 and item.expected == item.baseline_expected for item in found.values())
    assert found[7, 4.0].probability == pytest.approx(1 - 2.718281828 ** (-7 / 365.25))


def test_firsts_say_whether_one_comes_and_counts_how_many():
    """Half of what is expected follows another one to come: the chance of any is that of the other half."""
    model, counts = OneAYear(), expected_counts(OneAYear(), after((1.0, 6.0)), 38.0, 37.0, AT)
    for item, count in zip(exceedances(model, np.stack([counts, counts / 2]), 38.0, 37.0), counts.ravel(), strict=True):
        assert item.expected == count and item.probability == pytest.approx(-np.expm1(-count / 2))
        assert item.baseline_probability == pytest.approx(-np.expm1(-item.baseline_expected))


def test_curves_that_were_learned_of_counts_are_asked_of_counts():
    """Those of models registered before there were firsts."""
    model, expected = OneAYear(), np.stack([np.full((3, 4), 0.2), np.full((3, 4), 0.1)])
    learned = CalibrationTable(HORIZONS_DAYS, MAGNITUDES, ((Calibration(),) * 4,) * 3).as_record()
    for record, row in ((learned, FIRSTS), ({key: learned[key] for key in learned if key != "of_firsts"}, COUNTS)):
        model.calibration = CalibrationTable.from_record(record)
        np.testing.assert_allclose(calibrated(model, expected)[1], -np.expm1(-expected[row]))


def test_after_a_main_shock_the_counts_are_reasenberg_and_jones():
    """One day after an M7.8; the second, smaller shock must not be added to it."""
    found = by_window(after((1.0, 7.8), (0.9, 4.5)))
    for days, magnitude in found:
        aftershocks = reasenberg_jones_count(7.8, magnitude, 1.0, 1.0 + days)
        assert found[days, magnitude].expected == pytest.approx(aftershocks + found[days, magnitude].baseline_expected)


def test_far_shocks_and_old_shocks_do_not_count():
    assert by_window(after((1.0, 7.8)), latitude=39.5)[7, 5.0].gain == 1
    assert by_window(after((4000.0, 7.8)))[7, 5.0].gain == 1


@given(st.floats(0.001, 300), st.floats(4, 8.5), st.floats(0.1, 1))
def test_larger_and_later_go_the_right_way(days, magnitude, step):
    here, larger = by_window(after((days, magnitude))), by_window(after((days, magnitude + step)))
    later = by_window(after((days * (1 + step), magnitude)))
    for window, item in here.items():
        assert larger[window].expected >= item.expected >= later[window].expected * (1 - 1e-12)
        assert 0 <= item.probability <= 1 and item.gain >= 1
    assert here[1, 5.0].expected <= here[7, 5.0].expected <= here[30, 5.0].expected


rising = st.lists(st.tuples(st.floats(0.01, 3), st.floats(0.01, 3)), min_size=1, max_size=4).map(
    lambda steps: tuple(map(tuple, (np.array([(-7.0, -7.0)] + steps).cumsum(0)).tolist()))
)


@st.composite
def tables(draw) -> CalibrationTable:
    """Curves as different from each other as they like."""
    cells = tuple(tuple(Calibration(draw(rising)) for _ in MAGNITUDES) for _ in HORIZONS_DAYS)
    return CalibrationTable(HORIZONS_DAYS, MAGNITUDES, cells)


@settings(max_examples=40)
@given(tables(), st.floats(0.001, 300), st.floats(4, 8.5))
def test_calibrated_forecasts_fall_with_magnitude_and_rise_with_the_horizon(table, days, magnitude):
    model = OneAYear()
    model.calibration = table
    expected = expected_counts(model, after((days, magnitude)), 38.0, 37.0, AT)
    found = {(item.horizon_days, item.magnitude_min): item for item in exceedances(model, alike(expected), 38.0, 37.0)}
    for (horizon, magnitude_min), item in found.items():
        longer = found[min(30, horizon * 7 if horizon == 1 else 30), magnitude_min]
        larger = found[horizon, min(7.0, magnitude_min + 1)]
        assert larger.probability <= item.probability <= longer.probability
        assert larger.expected <= item.expected <= longer.expected
        assert 0 <= item.probability <= min(1, item.expected)
        assert item.gain == pytest.approx(item.expected / item.baseline_expected)


def test_the_models_own_curves_are_what_is_served():
    """Odds halved at every horizon and magnitude, the normal day's too; counts as they were."""
    model = OneAYear()
    expected = expected_counts(model, after((1.0, 6.0)), 38.0, 37.0, AT)
    plain = exceedances(model, alike(expected), 38.0, 37.0)
    model.calibration = CalibrationTable(HORIZONS_DAYS, MAGNITUDES, ((Calibration(((0.0, -np.log(2)),)),) * 4,) * 3)
    for item, before in zip(exceedances(model, alike(expected), 38.0, 37.0), plain, strict=True):
        for name in ("probability", "baseline_probability"):
            odds = getattr(before, name) / (1 - getattr(before, name)) / 2
            assert getattr(item, name) == pytest.approx(odds / (1 + odds))
        assert (item.expected, item.baseline_expected) == (before.expected, before.baseline_expected)


def test_where_nothing_has_happened_the_gain_is_1_whatever_the_curves_say():
    """Odds tripled: most counts are raised to their probability, today's and the normal day's alike."""
    model = OneAYear()
    model.calibration = CalibrationTable(HORIZONS_DAYS, MAGNITUDES, ((Calibration(((0.0, np.log(3)),)),) * 4,) * 3)
    quiet = exceedances(model, alike(expected_counts(model, after(), 38.0, 37.0, AT)), 38.0, 37.0)
    assert [item.gain for item in quiet] == [1] * 12
    assert all(item.probability == item.baseline_probability for item in quiet)
    assert quiet[-1].expected == quiet[-1].probability > expected_counts(model, after(), 38.0, 37.0, AT)[-1, -1]


@given(st.floats(-3, 3), st.floats(0.7, 1.4))
def test_quantiles_of_the_largest_magnitude_are_gutenberg_and_richters(level, b_value):
    """N(m) = 10^(level - b (m - 4)); the largest of a Poisson number stays below m with probability e^-N(m)."""
    chances = {m: -np.expm1(-(10 ** (level - b_value * (m - 4)))) for m in MAGNITUDES}
    for quantile, found in zip(QUANTILES, largest_magnitudes(chances), strict=True):
        true = 4 + (level - np.log10(-np.log(quantile))) / b_value
        assert found is None if true < 3.999 else true < 4.001 or found == pytest.approx(min(7.0, true), abs=1e-6)
