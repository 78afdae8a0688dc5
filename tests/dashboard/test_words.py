"""Numbers and names on the pages: honest digits, and no markup from outside."""

import pytest

from dashboard.words import agency_link, chance, minute, number, times, title


@pytest.mark.parametrize(
    ("probability", "text"),
    [
        (0.00005, "< 0.01 %"),
        (0.00234, "0.23 %"),
        (0.0567, "5.7 %"),
        (0.8312, "83 %"),
        (0.9999, "> 99 %"),
        (1.0, "> 99 %"),
    ],
)
def test_chance(probability: float, text: str) -> None:
    assert chance(probability) == text


def test_numbers_and_times() -> None:
    assert (number(None), number(12345.6, 0), times(3.14159), times(48213.0)) == ("unknown", "12,346", "3.1", "48,200")
    assert minute("2023-02-06T01:17:34.342000Z") == "2023-02-06 01:17 UTC"


def test_a_place_cannot_be_markup() -> None:
    row = {"magnitude": None, "place": "[here](https://x.test) <b>$y$</b>"}
    assert title(row) == r"M unknown \[here\]\(https\://x.test\) \<b\>\$y\$\</b\>"


def test_only_agencies_we_know_are_linked() -> None:
    row = {"source": "usgs", "source_event_id": "us6000jllz"}
    assert "(https://earthquake.usgs.gov/earthquakes/eventpage/us6000jllz)" in agency_link(row)
    assert agency_link(row | {"source": "simulate"}) == ""
