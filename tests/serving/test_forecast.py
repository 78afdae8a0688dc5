"""Forecasts for any place, what-if assessments, the scheduled grid and the champion's card, with a model by hand."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from quake.adapters.registry import committed
from quake.adapters.storage import open_storage
from quake.geo import distance_km
from quake.schema import Forecast, ModelDecision
from serving.cursors import encode_cursor
from serving.model_card import metrics_of

START = datetime(2023, 2, 6, 1, 17, 34, tzinfo=UTC)
ISSUED = datetime(2023, 2, 7, tzinfo=UTC)
PLACE = {"latitude": 37.2, "longitude": 37.0}


def cell(number, latitude, longitude, days=7, magnitude=5.0, issued_at=ISSUED, **changed):
    expected = 0.01 * number * days * 10 ** (5.0 - magnitude)
    row = Forecast(
        issued_at=issued_at, cell=f"c{number:03d}", horizon_days=days, magnitude_min=magnitude, role="champion",
        model_version="m1", latitude=latitude, longitude=longitude, expected=expected, probability=expected / 2,
        baseline_expected=expected / 10, baseline_probability=expected / 20, gain=10.0, processed_sequence=7,
        mode="live", hindsight=False,
    )  # fmt: skip
    return replace(row, **changed)


@pytest.fixture(name="crowned")
def _crowned(world, until, crown):
    storage = open_storage(world.settings.storage)
    crown(storage, "m1")
    server = world.serve()
    until(lambda: server.app.state.services.forecaster.state is not None)
    return server, world, storage


def test_forecast_of_a_point_follows_the_reports(crowned, assessment):
    """Reasenberg-Jones: after a magnitude 7.8 many more earthquakes are expected near it, and none elsewhere."""
    server, world, _ = crowned
    quiet, far = server.get("/v1/forecast", **PLACE), {"latitude": -20.0, "longitude": -70.0}
    elsewhere = server.get("/v1/forecast", **far)
    now = datetime.now(UTC)
    shock = assessment(1, magnitude=7.8, **PLACE, origin_time=now - timedelta(hours=1), assessed_at=now)
    world.warehouse.insert([shock])
    server.app.state.services.forecaster.refresh()
    after = server.get("/v1/forecast", **PLACE, radius_km=100)
    assert after["source"] == "state" and after["cell"] is None and after["processed_sequence"] == 1
    largest = {(item["horizon_days"], item["quantile"]): item["magnitude"] for item in after["largest"]}
    assert len(largest) == 9 and 4 < largest[1, 0.5] < largest[1, 0.9] < largest[30, 0.99] == 7
    assert len(after["forecast"]) == 12 and after["model_version"] == "m1" and after["hindsight"] is False
    for before, then in zip(quiet["forecast"], after["forecast"]):
        assert before["gain"] == pytest.approx(1) and then["gain"] > 20 and then["probability"] > before["probability"]
        assert then["baseline_expected"] == before["baseline_expected"]
    assert [item["expected"] for item in server.get("/v1/forecast", **far)["forecast"]] == [
        item["expected"] for item in elsewhere["forecast"]
    ]
    world.warehouse.insert([replace(shock, revision=2, status="withdrawn", processed_sequence=2)])
    server.app.state.services.forecaster.refresh()
    withdrawn = server.get("/v1/forecast", **PLACE)
    assert [item["expected"] for item in withdrawn["forecast"]] == [item["expected"] for item in quiet["forecast"]]


def test_what_if_equals_what_the_engine_would_say_and_leaves_nothing(crowned, assessment):
    server, world, _ = crowned
    reports = [PLACE | {"magnitude": 7.8, "review_status": "reviewed", "depth_km": 10}, PLACE | {"magnitude": 5.0}]
    answer = server.http.post("/v1/assess", json={"reports": reports})
    assert answer.status_code == 200, answer.text
    large, small = answer.json()["items"]
    assert (
        large["alert_level"] in ("orange", "red")
        and large["people_mmi6"] > 1e6
        and large["places"][0]["population"] > 0
    )
    assert large["magnitude_expected"] == 7.8 and large["magnitude_sigma"] == 0 < small["magnitude_sigma"]
    assert large["forecast_level"] == 3 and large["probability"] > small["probability"] > 0
    quiet = server.get("/v1/forecast", **PLACE)["forecast"]
    assert all(item["gain"] == pytest.approx(1) for item in quiet)
    assert server.get("/v1/status")["counts"]["assessments"] == 0 and server.get("/v1/alerts")["items"] == []
    now = datetime.now(UTC)
    world.warehouse.insert([assessment(1, magnitude=7.8, **PLACE, origin_time=now, assessed_at=now)])
    server.app.state.services.forecaster.refresh()
    told = server.get("/v1/forecast", **PLACE)["forecast"]
    assert [item["expected"] for item in large["forecast"]] == pytest.approx(
        [item["expected"] for item in told], rel=0.1
    )


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"reports": []}, "body.reports: List should have at least 1 item"),
        ({"reports": [PLACE | {"magnitude": 5}] * 101}, "body.reports: List should have at most 100 items"),
        ({"reports": [PLACE]}, "body.reports.0.magnitude: Field required"),
        ({"reports": [PLACE | {"magnitude": 5, "mag": 5}]}, "body.reports.0.mag: Extra inputs are not permitted"),
        ({"reports": [PLACE | {"magnitude": 11}]}, "less than or equal to 10"),
        ({"reports": [PLACE | {"magnitude": 5, "origin_time": "2999-01-01T00:00:00Z"}]}, "a time not after 20"),
        ({"reports": [PLACE | {"magnitude": 5, "origin_time": 1675646254}]}, "an ISO 8601 time is needed"),
        ([], "valid dictionary"),
    ],
)
def test_what_if_says_what_would_be_right(settled, body, said):
    answer = settled.http.post("/v1/assess", json=body)
    assert answer.status_code == 422 and said in answer.json()["detail"]


def test_what_if_without_a_champion_tells_the_shaking_alone(settled):
    answer = settled.http.post("/v1/assess", json={"reports": [PLACE | {"magnitude": 7.8}]}).json()
    assert answer["model_version"] is None and answer["items"][0]["forecast"] == []
    assert answer["items"][0]["probability"] is None and answer["items"][0]["intensity"] > 8


def test_nothing_issued_yet_is_said(settled):
    grid = settled.http.get("/v1/forecast/grid")
    assert grid.status_code == 404 and "has been issued yet" in grid.json()["detail"]
    point = settled.http.get("/v1/forecast", params=PLACE)
    assert point.status_code == 503 and "state does not reach here yet, and no scheduled" in point.json()["detail"]
    assert int(point.headers["retry-after"]) > 0


def test_grid_is_the_newest_issue_in_pages_that_hold_still(world):
    old = [cell(n, 36.0, 30.0 + n, issued_at=ISSUED - timedelta(days=1)) for n in range(1, 4)]
    new = [cell(n, 36.0, 30.0 + n) for n in range(1, 6)] + [
        cell(9, 36.0, 179.5),
        cell(1, 36.0, 31.0, role="challenger"),
    ]
    world.warehouse.insert(old + new + [cell(1, 36.0, 31.0, days=30, magnitude=6.0)])
    server = world.serve()
    page = server.http.get("/v1/forecast/grid", params={"limit": 4})
    assert page.headers["content-type"] == "application/geo+json" and page.json()["type"] == "FeatureCollection"
    first = page.json()
    assert [feature["id"] for feature in first["features"]] == ["c001", "c002", "c003", "c004"]
    assert first["features"][0]["geometry"] == {"type": "Point", "coordinates": [31.0, 36.0]}
    assert first["issued_at"] == "2023-02-07T00:00:00Z" and first["processed_sequence"] == 7
    world.warehouse.insert([cell(1, 36.0, 31.0, issued_at=ISSUED + timedelta(days=1))])
    rest = server.get("/v1/forecast/grid", limit=4, cursor=first["next"])
    assert [feature["id"] for feature in rest["features"]] == ["c005", "c009"] and rest["next"] is None
    assert rest["issued_at"] == first["issued_at"]
    asked = {"as_of": "2023-02-06T23:00:00Z", "bbox": "32.5,30,40,40"}
    assert [feature["id"] for feature in server.get("/v1/forecast/grid", **asked)["features"]] == ["c003"]
    east = server.get("/v1/forecast/grid", as_of="2023-02-07T00:00:00Z", bbox="170,0,-170,80")["features"]
    assert [feature["id"] for feature in east] == ["c009"]
    month = server.get("/v1/forecast/grid", as_of="2023-02-07T00:00:00Z", horizon_days=30, magnitude_min=6)
    assert [feature["properties"]["expected"] for feature in month["features"]] == [pytest.approx(0.03)]
    again = server.http.get(
        "/v1/forecast/grid", headers={"If-None-Match": server.http.get("/v1/forecast/grid").headers["etag"]}
    )
    assert again.status_code == 304
    for wrong in ({"horizon_days": 2}, {"magnitude_min": 4.5}, {"cursor": encode_cursor(1)}, {"days": 7}):
        assert server.http.get("/v1/forecast/grid", params=wrong).status_code == 422


def test_the_nearest_cell_speaks_where_no_state_is_at_hand(world):
    rows = [cell(n, 36.0 + n, 37.0, days, m) for n in (1, 2) for days in (1, 7, 30) for m in (4.0, 5.0, 6.0, 7.0)]
    world.warehouse.insert(rows + [cell(3, 89.5, -120.0), cell(4, 0.0, -179.8)])
    server = world.serve()
    told = server.get("/v1/forecast", **PLACE)
    assert told["source"] == "grid" and told["cell"] == "c001" and told["issued_at"] == "2023-02-07T00:00:00Z"
    assert told["cell_distance_km"] == pytest.approx(float(distance_km(37.2, 37.0, 37.0, 37.0)))
    assert [item["horizon_days"] for item in told["forecast"]] == [1] * 4 + [7] * 4 + [30] * 4
    assert server.get("/v1/forecast", latitude=90, longitude=60)["cell"] == "c003"
    assert server.get("/v1/forecast", latitude=0.2, longitude=179.9)["cell"] == "c004"
    nowhere = server.http.get("/v1/forecast", params={"latitude": -50, "longitude": 0})
    assert nowhere.status_code == 503 and "no cell within 150 km" in nowhere.json()["detail"]


def test_card_of_the_champion_and_its_swap_without_restart(crowned, crown):
    server, world, storage = crowned
    decided = ModelDecision(
        model_version="m1", decided_at=START, decision="promoted", previous_version="m0", reason="better", gain=0.016,
        gain_low=0.002, gain_high=0.03, run_id="", dataset_hash="",
    )  # fmt: skip
    world.warehouse.insert([decided])
    card = server.get("/v1/model")
    _, provenance = committed()
    assert card["model_version"] == "m1" and card["alias"] == "champion" and card["decision"]["gain_low"] == 0.002
    assert card["trained_to"].startswith(provenance["trained_to"][:10]) and card["age_days"] > 0
    assert {metric["name"]: metric["value"] for metric in card["metrics"]}.items() <= provenance["metrics"].items()
    assert "Not an early warning" in card["limits"][0]
    ready = server.get("/health/ready")
    assert ready["model_age_days"] == pytest.approx(card["age_days"], abs=0.01)
    assert not [reason for reason in ready["reasons"] if "champion" in reason or "state" in reason]
    crown(storage, "m2", made_at="2020-01-01T00:00:00+00:00")
    server.app.state.services.forecaster.refresh()
    assert server.get("/v1/model")["model_version"] == server.get("/v1/forecast", **PLACE)["model_version"] == "m2"
    assert "days ago; more than 400 is old" in " ".join(server.get("/health/ready")["reasons"])
    storage.write(crown(storage, "m3").path, b"damaged")
    server.app.state.services.forecaster.refresh()
    assert server.get("/v1/forecast", **PLACE)["model_version"] == "m2"
    assert "m3" in " ".join(server.get("/health/ready")["reasons"])


def test_no_champion_is_said(settled):
    assert settled.http.get("/v1/model").status_code == 404
    assert "no champion model" in " ".join(settled.get("/health/ready")["reasons"])


def test_metrics_carry_their_intervals():
    given = {
        "gain": 0.5,
        "gain_ci95": [0.4, 0.6],
        "skill": 1,
        "skill_low": 0,
        "skill_high": 2,
        "count": 3,
        "done": True,
    }
    found = {metric.name: (metric.value, metric.low, metric.high) for metric in metrics_of(given)}
    assert found == {"gain": (0.5, 0.4, 0.6), "skill": (1, 0, 2), "count": (3, None, None)}
    json.dumps([metric.model_dump() for metric in metrics_of(given)])
