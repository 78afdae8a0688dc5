"""The model page's tables: verdicts and names a reader can check."""

import pytest

from dashboard.tables_model import gain_row, region_row, score_row

SCORE = {
    "kind": "scheduled", "region": "world", "role": "champion", "horizon_days": 7, "magnitude_min": 5.0,
    "forecasts": 480, "expected": 48.24, "observed": 45, "number_test": (0.70, 0.36), "gain": 0.18, "brier_skill": 0.2,
}  # fmt: skip


@pytest.mark.parametrize(
    ("number_test", "verdict"),
    [((0.70, 0.36), "passed"), ((0.024, 0.98), "FAILED"), ((0.98, 0.025), "FAILED"), (None, "-")],
)
def test_a_number_test_fails_where_either_probability_is_small(number_test: tuple | None, verdict: str) -> None:
    row = score_row(SCORE | {"number_test": number_test})
    assert (row["number test"], row["horizon"], row["magnitude"]) == (verdict, "7 days", "M5+")
    assert region_row(SCORE | {"number_test": number_test})["number test"] == verdict


def test_a_region_is_named_by_its_middle() -> None:
    # Gonzalez (2010), index one half: asin(1 / 200) is 0.3 degrees north, 180 * 2 / (1 + sqrt 5) is 111.2 east.
    assert region_row(SCORE | {"region": "r100"})["region"] == "r100, 0°N 111°E"
    assert region_row(SCORE | {"region": "r199"})["region"].startswith("r199, 84°N")
    assert region_row(SCORE | {"region": "r000"})["region"].startswith("r000, 84°S")


def test_an_interval_without_width_is_not_shown() -> None:
    row = score_row(SCORE | {"gain_low": 0.18, "gain_high": 0.18 + 1e-16})
    assert (row["gain (nats)"], row["95 % from"], row["to"]) == (0.18, None, None)


def test_a_shadow_names_both_models() -> None:
    shadow = {"kind": "shadow", "challenger": "m8", "champion": "m7", "forecasts": 9}
    row = gain_row(shadow | {"gain": {"value": 0.1, "low": 0.05, "high": 0.2}})
    assert row["model"] == "challenger m8 over champion m7"
    assert (row["gain (nats)"], row["95 % from"], row["to"]) == (0.1, 0.05, 0.2)
    after = gain_row(SCORE | {"kind": "event-triggered", "gain_low": 0.1, "gain_high": 0.3})
    assert (after["region"], after["gain (nats)"], after["95 % from"], after["to"]) == ("world", 0.18, 0.1, 0.3)
