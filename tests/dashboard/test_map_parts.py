"""Parts of the map page that need no browser: wishes, shared answers, forecast layer, sealed pages, tables."""

import threading
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from dashboard.api import Answer
from dashboard.layer import FAINTEST, compact_grid
from dashboard.sealed import POLICY, with_policy
from dashboard.shared import Shared
from dashboard.tables import as_csv, as_frame, chart_of, numeric
from dashboard.wish import LAYERS, WINDOWS, Wish

JSON = some.recursive(
    some.none() | some.booleans() | some.floats() | some.integers() | some.text(max_size=9),
    lambda inner: some.lists(inner, max_size=5) | some.dictionaries(some.text(max_size=5), inner, max_size=5),
    max_leaves=9,
)


@given(said=JSON | some.dictionaries(some.sampled_from(["days", "layer", "chosen", "as_of", "have"]), JSON))
def test_adversarial_wish_is_one_that_can_be_granted(said: Any) -> None:
    wish = Wish.of(said)
    assert wish.days in WINDOWS and wish.layer in LAYERS
    assert wish.as_of is None or wish.as_of.tzinfo is UTC
    assert wish.chosen is None or "/" not in wish.chosen
    assert len(wish.have) <= 4


def test_a_wish_is_understood() -> None:
    said = {"days": 7, "layer": "gain", "chosen": "us7000abcd", "as_of": 1675646254, "have": ["grid/x", 7]}
    then = datetime.fromtimestamp(1675646254, UTC)
    assert Wish.of(said) == Wish(7, "gain", "us7000abcd", then, frozenset({"grid/x"}))
    assert Wish.of({"chosen": "../admin"}) == Wish.of(None) == Wish()


def test_one_asks_for_all() -> None:
    asked, shared = [], Shared()

    def slow() -> int:
        asked.append(1)
        time.sleep(0.05)
        return len(asked)

    threads = [threading.Thread(target=shared.get, args=("x", 60.0, slow)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert asked == [1] and shared.get("x", 60.0, slow) == 1


def test_answers_grow_old_and_errors_are_not_kept() -> None:
    clock = [0.0]
    shared = Shared(kept=2, clock=lambda: clock[0])
    assert shared.get("a", 10.0, lambda: 1) == 1
    clock[0] = 9.9
    assert shared.get("a", 10.0, lambda: 2) == 1
    clock[0] = 10.0
    assert shared.get("a", 10.0, lambda: 3) == 3
    with pytest.raises(ZeroDivisionError):
        shared.get("b", 10.0, lambda: 1 / 0)
    assert shared.get("b", 10.0, lambda: None) is None, "what is not there yet is asked for again"
    assert shared.get("b", 10.0, lambda: 4) == 4
    shared.get("c", 10.0, lambda: 5)
    assert shared.get("a", 10.0, lambda: 6) == 6, "the oldest is forgotten"


def test_the_layer_is_short_and_leaves_out_what_is_nothing(fake: Any) -> None:
    grid = fake.FakeWorld(datetime.now(UTC), 0).cells
    told = compact_grid(grid)
    assert told["issued_at"] == grid["issued_at"]
    assert 0 < len(told["cells"]) < len(grid["features"])
    assert all(chance >= FAINTEST or gain > 2 for _, _, chance, _, gain in told["cells"])
    first = next(feature for feature in grid["features"] if feature["properties"]["probability"] > 0.01)
    about = first["properties"]
    assert [
        *(round(part, 2) for part in first["geometry"]["coordinates"]),
        float(f"{about['probability']:.3g}"),
        0.002,
        round(about["gain"], 1),
    ] in told["cells"]
    assert compact_grid(None) is None and compact_grid(grid | {"features": []}) is None


def test_a_page_from_elsewhere_gets_the_policy_before_anything_of_its_own() -> None:
    page = with_policy("<!DOCTYPE html><html><head><script>fetch('https://evil.example')</script></head></html>")
    assert page.index("Content-Security-Policy") < page.index("<script>")
    assert "default-src 'none'" in POLICY and "connect-src" not in POLICY
    assert with_policy("<b>no head</b>").startswith("<meta http-equiv")


def test_tables_keep_types_and_names() -> None:
    table = as_frame(
        Answer(["t", "n", "n"], ["timestamp[us, tz=UTC]", "int64", "double"], [["2023-02-06T01:17:34Z", 1, None]], "")
    )
    assert list(table.columns) == ["t", "n", "n 3"]
    assert table["t"][0] == datetime(2023, 2, 6, 1, 17, 34, tzinfo=UTC)
    assert numeric(table)[0] == "n"


def test_adversarial_text_is_no_formula_in_a_file() -> None:
    table = as_frame(Answer(["place", "x"], ["string", "double"], [["=HYPERLINK(1)", -1.5], ["near, here", 2.0]], ""))
    assert as_csv(table).decode() == 'place,x\n\'=HYPERLINK(1),-1.5\n"near, here",2.0\n'


@pytest.mark.parametrize(("x", "kind"), [("t", "temporal"), ("n", "quantitative"), ("place", "nominal")])
def test_a_chart_suits_what_it_draws(x: str, kind: str) -> None:
    columns, types = ["t", "n", "place"], ["timestamp[us, tz=UTC]", "int64", "string"]
    table = as_frame(Answer(columns, types, [["2023-02-06T01:17:34Z", 1, "Fiji"]], ""))
    assert chart_of(table, x, "n").to_dict()["encoding"]["x"]["type"] == kind
