"""`GET /v1/intensity`: the shaking at a point."""

from dataclasses import replace

import pytest

from quake.impact import intensity_here, probability_of_intensity

HYPOTHETICAL = {"epicentre_latitude": 37.226, "epicentre_longitude": 37.014, "depth_km": 10, "magnitude": 7.8}
ANTAKYA = {"latitude": 36.2, "longitude": 36.16}


def test_a_hypothetical_earthquake_is_that_of_the_domain(settled):
    found = settled.get("/v1/intensity", **ANTAKYA, **HYPOTHETICAL, magnitude_sigma=0.2)
    assert found["earthquake"] == {
        "quake_id": None, "latitude": 37.226, "longitude": 37.014, "depth_km": 10.0, "magnitude": 7.8,
        "magnitude_sigma": 0.2, "regime": "active",
    }  # fmt: skip
    distance = found["epicentral_distance_km"]
    assert distance == pytest.approx(137, abs=1)
    expected = intensity_here(7.8, 10.0, distance, magnitude_sigma=0.2)
    assert [found[f"intensity{part}"] for part in ("", "_low", "_high")] == pytest.approx(list(expected))
    low, probability, high = probability_of_intensity(7.8, 10.0, [distance], 6.0, magnitude_sigma=0.2)
    six = found["exceedance"][3]
    assert six == pytest.approx({"intensity": 6, "low": low[0], "probability": probability[0], "high": high[0]})


def test_chances_fall_from_three_to_nine_and_stand_in_their_range(settled):
    chances = settled.get("/v1/intensity", **ANTAKYA, **HYPOTHETICAL)["exceedance"]
    assert [chance["intensity"] for chance in chances] == [3, 4, 5, 6, 7, 8, 9]
    assert all(later["probability"] <= earlier["probability"] for earlier, later in zip(chances, chances[1:]))
    assert all(0 <= chance["low"] <= chance["high"] <= 1 for chance in chances)


def test_an_earthquake_of_ours_by_its_id(settled):
    found = settled.get("/v1/intensity", latitude=7.0, longitude=30.0, quake_id="q7")
    assert found["epicentral_distance_km"] == 0 and found["earthquake"]["quake_id"] == "q7"
    assert found["earthquake"]["magnitude"] == 7.0 and found["earthquake"]["magnitude_sigma"] > 0
    assert found["intensity_low"] < found["intensity"] < found["intensity_high"]


def test_a_reviewed_magnitude_is_taken_as_it_is(world, assessment):
    world.warehouse.insert([replace(assessment(1), review_status="reviewed")])
    found = world.serve().get("/v1/intensity", latitude=1.0, longitude=30.0, quake_id="q1")
    assert found["earthquake"]["magnitude"] == 5.0 and found["earthquake"]["magnitude_sigma"] == 0


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        (ANTAKYA, 422, "quake_id is needed"),
        (ANTAKYA | {"quake_id": "q1", "magnitude": 6}, 422, "not both"),
        (ANTAKYA | {"quake_id": "nobody"}, 404, "no earthquake 'nobody'"),
        (ANTAKYA | {"quake_id": "q31"}, 422, "an active earthquake"),
        (ANTAKYA | {"quake_id": "q32"}, 422, "an active earthquake"),
        (ANTAKYA | HYPOTHETICAL | {"depth": 3}, 422, "no parameter depth"),
        (HYPOTHETICAL | {"latitude": 91, "longitude": 0}, 422, "less than or equal to 90"),
    ],
)
def test_what_cannot_be_answered_is_a_problem_that_says_why(settled, asked, status, said):
    response = settled.http.get("/v1/intensity", params=asked)
    assert response.status_code == status and response.headers["content-type"] == "application/problem+json"
    assert said in response.json()["detail"]


def test_openapi_shows_an_example_of_each_number(settled):
    parameters = settled.get("/openapi.json")["paths"]["/v1/intensity"]["get"]["parameters"]
    examples = {parameter["name"]: parameter["schema"].get("examples") for parameter in parameters}
    assert examples["latitude"] == [36.2] and examples["magnitude"] == [7.8]
