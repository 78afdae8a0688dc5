"""Filters: what a subscriber may ask for, and what a wrong question is answered with."""

from dataclasses import replace

import pytest

from alerts.filter import NAMES, Filter, parse_filter
from alerts.rules import decide
from alerts.sequencer import Sequencer


@pytest.fixture
def alert(assessed):
    """A yellow M6.4 at 40 N 30 E, forecast level 2, probability 0.061."""
    return Sequencer("e").assign(decide(assessed(), None)[1])


def fading(magnitude, depth_km, distance_km, regime):
    """An intensity that loses one degree every 50 km."""
    return magnitude + 1 - distance_km / 50, 0.5


@pytest.mark.parametrize(
    ("query", "matches"),
    [
        ({}, True),
        ({"min_level": "yellow"}, True),
        ({"min_level": "Orange"}, False),
        ({"min_forecast_level": "2"}, True),
        ({"min_forecast_level": "3"}, False),
        ({"min_magnitude": "6.4"}, True),
        ({"min_magnitude": "6.5"}, False),
        ({"min_probability": "0.06"}, True),
        ({"min_probability": "0.07"}, False),
        ({"bbox": "29,39,31,41"}, True),
        ({"bbox": "31,39,29,41"}, False),
        ({"bbox": "170,-50,35,50"}, True),
        ({"latitude": "40", "longitude": "31", "radius_km": "86"}, True),
        ({"latitude": "40", "longitude": "31", "radius_km": "84"}, False),
        ({"latitude": "40", "longitude": "31", "min_mmi": "5.6"}, True),
        ({"latitude": "40", "longitude": "31", "min_mmi": "5.8"}, False),
        ({"latitude": "40", "longitude": "31", "min_mmi": "5.6", "radius_km": "84"}, False),
        ({"min_level": "yellow", "min_magnitude": "7"}, False),
    ],
)
def test_all_conditions_must_hold(alert, query, matches):
    assert parse_filter(query).matches(alert, fading) == matches


def test_a_message_without_a_magnitude_matches_no_question_about_size(alert):
    unknown = replace(alert, magnitude=None)
    assert parse_filter({}).matches(unknown, fading)
    assert not parse_filter({"min_magnitude": "-5"}).matches(unknown, fading)
    assert not parse_filter({"latitude": "40", "longitude": "30", "min_mmi": "1"}).matches(unknown, fading)


def test_the_published_intensity_is_the_one_used(alert):
    near, far = ({"latitude": "40", "longitude": place, "min_mmi": "6"} for place in ("30.05", "50"))
    assert parse_filter(near).matches(alert) and not parse_filter(far).matches(alert)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"min_magnitud": "6"}, "no filter min_magnitud; known: min_level, min_forecast_level"),
        ({"min_level": "purple"}, "no alert level 'purple'; known: none, green, yellow, orange, red"),
        ({"min_magnitude": "big"}, "min_magnitude must be a number, got 'big'"),
        ({"min_magnitude": "nan"}, "min_magnitude must be a finite number, got 'nan'"),
        ({"min_magnitude": "11"}, "min_magnitude must be from -5 to 10, got 11"),
        ({"min_forecast_level": "1.5"}, "min_forecast_level must be a whole number, got '1.5'"),
        ({"bbox": "1,2,3"}, "bbox must be west,south,east,north, got '1,2,3'"),
        ({"bbox": "0,50,10,40"}, "bbox must be west,south,east,north in degrees, got 0,50,10,40"),
        ({"latitude": "40"}, "a point needs both latitude and longitude"),
        ({"radius_km": "40"}, "radius_km and min_mmi need a point: give latitude and longitude"),
        ({"latitude": "40", "longitude": "30"}, "a point needs radius_km or min_mmi beside it"),
        ({"min_probability": "5"}, "min_probability must be from 0 to 1, got 5"),
    ],
)
def test_a_wrong_question_is_answered_with_what_would_be_right(query, message):
    with pytest.raises(ValueError, match=message):
        parse_filter(query)


def test_every_filter_can_be_asked_for():
    query = {"min_level": "red", "bbox": "1,2,3,4"} | {name: "1" for name in NAMES if name not in ("min_level", "bbox")}
    assert parse_filter(query) == Filter(
        min_level="red",
        min_forecast_level=1,
        min_magnitude=1.0,
        bbox=(1.0, 2.0, 3.0, 4.0),
        latitude=1.0,
        longitude=1.0,
        radius_km=1.0,
        min_mmi=1.0,
        min_probability=1.0,
    )
