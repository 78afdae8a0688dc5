"""What may follow: Reasenberg-Jones over the normal day."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quake.aftershocks import expected_counts
from quake.catalog import DAY_S, Catalog
from quake.risk import HORIZONS_DAYS, MAGNITUDES, exceedances
from quake.seismicity import CALIFORNIA, ReasenbergJones, reasenberg_jones_count

AT = datetime(2023, 2, 6, 12, tzinfo=UTC).timestamp()


class OneAYear:
    """One M >= 4 a year, b = 1, everywhere."""

    version = "one"
    reasenberg_jones: ReasenbergJones = CALIFORNIA
    etas: None = None
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
    found = exceedances(model, expected_counts(model, catalog, latitude, 37.0, AT), latitude, 37.0)
    return {(item.horizon_days, item.magnitude_min): item for item in found}


def test_a_quiet_place_has_its_normal_day():
    found = by_window(Catalog())
    assert set(found) == {(days, magnitude) for days in HORIZONS_DAYS for magnitude in MAGNITUDES}
    assert all(item.gain == 1 and item.expected == item.baseline_expected for item in found.values())
    assert found[7, 4.0].probability == pytest.approx(1 - 2.718281828 ** (-7 / 365.25))


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
