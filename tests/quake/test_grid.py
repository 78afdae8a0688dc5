"""Grids of forecasts: where, when, and what the rows say."""

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest

from quake.geo import distance_km
from quake.grid import Issue, active_cells, daily, due, issued
from quake.lattice import lattice
from quake.risk import HEADLINE, HORIZONS_DAYS, MAGNITUDES

AT = datetime(2024, 3, 1, tzinfo=UTC)


class Pacific:
    """One M >= 5 a year within 100 km east of 0 degrees, none elsewhere."""

    version, etas, calibration, trained_from, trained_to = (
        "pacific",
        None,
        None,
        AT - timedelta(days=9),
        AT - timedelta(days=1),
    )

    def baseline_expected(self, _latitude, longitude, _radius_km, horizon_days, magnitude_min):
        """10^(5 - m) a year."""
        return (longitude > 0) * 10 ** (5 - magnitude_min) * horizon_days / 365.25


def test_neighbouring_discs_hardly_overlap_and_the_earth_is_covered():
    cells = lattice()
    assert len({cell.cell for cell in cells}) == len(cells)
    rng = np.random.default_rng(1)
    places = np.array([(cell.latitude, cell.longitude) for cell in cells])
    for number in rng.integers(0, len(cells), 200):
        others = np.delete(places, number, axis=0)
        assert distance_km(*places[number], *others.T).min() > 145
    for _ in range(200):
        anywhere = np.degrees(np.arcsin(rng.uniform(-1, 1))), rng.uniform(-180, 180)
        assert distance_km(*anywhere, *places.T).min() < 170


def test_cells_are_where_the_normal_year_is_not_empty():
    assert {cell.longitude > 0 for cell in active_cells(Pacific())} == {True}
    assert 0.45 < len(active_cells(Pacific())) / len(lattice()) < 0.55


@pytest.mark.parametrize(
    ("at", "every_hours", "wanted"),
    [
        (AT, 24, True),
        (AT + timedelta(hours=1), 24, False),
        (AT + timedelta(hours=1), 1, True),
        (AT + timedelta(hours=6), 6, True),
        (AT + timedelta(minutes=1), 1, False),
        (AT, 0, False),
        (AT.astimezone(timezone(timedelta(hours=9))), 24, True),
    ],
)
def test_grids_are_due_at_whole_hours_utc(at, every_hours, wanted):
    assert due(at, every_hours) == wanted


@pytest.mark.parametrize("hour", [0, 5])
def test_a_daily_grid_holds_everything_and_an_hourly_one_the_headline(hour):
    at, cells = AT + timedelta(hours=hour), active_cells(Pacific())[:3]
    issue = Issue(at=at, processed_sequence=7, role="champion", mode="live", every_horizon=daily(at))
    rows = issued(Pacific(), cells, lambda cell: np.full((2, 3, 4), 0.5), issue)
    windows = {(row.horizon_days, row.magnitude_min) for row in rows}
    assert windows == ({HEADLINE} if hour else {(d, m) for d in HORIZONS_DAYS for m in MAGNITUDES})
    assert len(rows) == len(cells) * len(windows)
    for row in rows:
        assert row.probability == pytest.approx(1 - np.exp(-0.5)) and row.issued_at == at
        assert row.gain == pytest.approx(0.5 / row.baseline_expected) and not row.hindsight
