"""`quake benchmark` on a small simulated catalogue: what it writes, and what it refuses."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from batch.benchmark import app
from batch.benchmark_catalogue import area_of, date_of, day_of, flatten, read_catalogue, unflatten
from quake.calibration import Calibration
from quake.etas import RegionState
from quake.etas_parameters import CALIFORNIA
from quake.etas_simulate import simulate

DATES = ["--train-end", "2000-09-01", "--test-start", "2000-09-01", "--test-end", "2001-01-01"]


@pytest.fixture(scope="module", name="catalogue")
def _catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A year of a simulated region around 36 N, 118 W."""
    model = replace(CALIFORNIA, mu=1.0, theta=0.0, area_km2=90_000.0)
    start = 10957.0
    rows = simulate(RegionState(model), start, start + 366, np.random.default_rng(5))
    places = unflatten(rows[:, 1:3], np.array([36.0, -118.0]))
    times = np.datetime64("1970-01-01T00:00:00.000", "ms") + (rows[:, 0] * 86_400_000).astype("timedelta64[ms]")
    file = tmp_path_factory.mktemp("benchmark") / "catalogue.csv"
    lines = [f"{time}Z,{place[0]:.5f},{place[1]:.5f},{row[3]:.1f}" for time, place, row in zip(times, places, rows)]
    file.write_text("\n".join(["time,latitude,longitude,magnitude", *lines]) + "\n", encoding="utf-8")
    return file


def run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.output


def test_forecast_scores_and_compares(catalogue: Path, tmp_path: Path) -> None:
    out, scores, kept = (tmp_path / name for name in ("out.json", "scores.csv", "parameters.json"))
    common = ["forecast", "--catalog", catalogue, *DATES, "--parameters", kept]
    code, output = run(*common, "--json", out, "--scores-out", scores)
    assert code == 0, output
    result = json.loads(out.read_text())
    assert result["gain"] > 0.2
    assert result["gain_ci95"][0] < result["gain"] < result["gain_ci95"][1]
    total = sum(result["model"].values()) - sum(result["poisson"].values())
    assert result["gain"] == pytest.approx(total)
    assert run(*common, "--json", out, "--against", scores)[0] == 0
    again = json.loads(out.read_text())
    assert again["against"]["total"]["value"] == pytest.approx(0, abs=1e-6)
    assert again["model"] == result["model"]


def test_counts_are_scored_by_day_and_by_week(catalogue: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    code, output = run("counts", "--catalog", catalogue, *DATES, "--magnitude", "3", "--json", out)
    assert code == 0, output
    rows = json.loads(out.read_text())["counts"]
    windows = {name: row["windows"] for name, row in rows.items()}
    assert windows == {"1 d, M >= 2.5": 122, "1 d, M >= 3": 122, "7 d, M >= 2.5": 17, "7 d, M >= 3": 17}


def test_exceedance_calibrates_before_the_test_and_refuses_parameters_that_know_it(
    catalogue: Path, tmp_path: Path
) -> None:
    out, kept = tmp_path / "out.json", tmp_path / "kept.json"
    common = ["exceedance", "--catalog", catalogue, "--mc", "2.5", "--horizon-days", "1", "--json", out]
    dates = ["--train-end", "2000-10-15", "--held-back", "0.3", "--parameters", kept]
    code, output = run(*common, *dates)
    assert code == 0, output
    result = json.loads(out.read_text())
    row = result["by_magnitude"]["4"]
    assert 0.8 <= row["n_test_passed"] <= 1 and 0.8 <= row["s_test_passed"] <= 1
    assert 0 <= result["m_test"] <= 1
    assert Calibration.from_record(row["calibration"]).apply(0.1) < 0.5
    # A test of a few weeks has no second year: what is learned every year is what was learned before it.
    assert row["recalibrated"] == {name: row[name] for name in row["recalibrated"]}
    assert "gain_recalibrated" in output
    code, output = run(*common, "--train-end", "2000-10-01", "--held-back", "0.5", "--parameters", kept)
    assert code == 2 and "held back" in output


def test_leakage_what_comes_after_training_does_not_change_the_fit(catalogue: Path, tmp_path: Path) -> None:
    lines = catalogue.read_text().splitlines()
    shorter = tmp_path / "shorter.csv"
    shorter.write_text("\n".join(lines[: int(len(lines) * 0.9)]) + "\n")
    models = []
    for number, file in enumerate((catalogue, shorter)):
        kept = tmp_path / f"{number}.json"
        until = ["--train-end", "2000-08-01", "--test-start", "2000-08-01", "--test-end", "2000-09-01"]
        polygon = tmp_path / "corners.csv"
        polygon.write_text("33,-122\n33,-114\n39,-114\n39,-122\n")
        out = tmp_path / "out.json"
        code, output = run(
            "forecast", "--catalog", file, *until, "--json", out, "--parameters", kept, "--polygon", polygon
        )
        assert code == 0, output
        models.append(json.loads(kept.read_text())["parameters"])
    for name in ("mu", "background", "d", "a_time"):
        assert models[0][name] == pytest.approx(models[1][name], rel=1e-3)


def test_what_cannot_be_scored_is_said(catalogue: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    wrong = ["--train-end", "2000-10-01", "--test-start", "2000-09-01", "--test-end", "2001-01-01"]
    assert run("forecast", "--catalog", catalogue, *wrong, "--json", out)[0] == 2
    assert run("forecast", "--catalog", tmp_path / "none.csv", *DATES, "--json", out)[0] == 2
    (tmp_path / "bad.csv").write_text("when,where\n1,2\n")
    assert run("forecast", "--catalog", tmp_path / "bad.csv", *DATES, "--json", out)[0] == 2
    disc = ["exceedance", "--catalog", catalogue, "--train-end", "2000-09-01", "--json", out]
    assert run(*disc, "--radius-km", "50")[0] == 2


def test_the_area_of_california_is_published(shared_data: Path) -> None:
    """EarthquakeNPP's ComCat_25 region has 959,823 km2."""
    corners = np.load(shared_data / "benchmark" / "california_shape.npy")
    assert area_of(corners, corners) == pytest.approx(959_823, rel=0.002)


def test_flatten_and_back() -> None:
    places = np.array([[36.0, -118.0], [40.0, -125.0], [-5.0, 179.0]])
    np.testing.assert_allclose(unflatten(flatten(places, places[0]), places[0])[:2], places[:2])


def test_a_catalogue_is_cut_at_mc(catalogue: Path) -> None:
    whole, large = read_catalogue(catalogue, 2.5), read_catalogue(catalogue, 3.5)
    assert (large.reports[:, 3] >= 3.5 - 1e-6).all()
    assert 0 < len(large.reports) < len(whole.reports)


def test_a_column_of_depths_is_used_and_an_empty_one_is_shallow(catalogue: Path, tmp_path: Path) -> None:
    """Those that nothing follows are said to be deep: the fit believes it."""
    plain, kept = read_catalogue(catalogue, 2.5), tmp_path / "kept.json"
    days, place = plain.reports[:, 0], plain.reports[:, 1:3]
    alone = [
        not (np.hypot(*(place[(days > day) & (days < day + 3)] - at).T) < 20).any() for day, at in zip(days, place)
    ]
    lines, file = catalogue.read_text("utf-8").splitlines(), tmp_path / "deep.csv"
    depths = ["depth", *("200" if single else "" for single in alone)]
    file.write_text("\n".join(f"{line},{depth}" for line, depth in zip(lines, depths)), encoding="utf-8")
    known = read_catalogue(file, 2.5).reports
    np.testing.assert_array_equal(known, np.column_stack([plain.reports, np.where(alone, 200.0, 0.0)]))
    code, output = run("exceedance", "--catalog", file, "--mc", "2.5", "--train-end", "2000-10-01", "--held-back", "0.3",
                       "--parameters", kept, "--json", tmp_path / "out.json")  # fmt: skip
    assert code == 0, output
    found = json.loads(kept.read_text())["parameters"]
    assert found["deep_time"] < 0.5 and found["deep_space"] < 0.5


def test_any_start_is_the_mean_of_all_seven_days_of_the_week(catalogue: Path, tmp_path: Path) -> None:
    """Seven runs that begin a day apart, their gains weighed by the events each of them saw."""
    kept, rows = tmp_path / "kept.json", []
    common = ["exceedance", "--catalog", catalogue, "--mc", "2.5", "--train-end", "2000-10-01", "--held-back", "0.3"]
    for day in range(1, 8):
        out, until = tmp_path / f"{day}.json", f"2000-12-{2 + day:02d}"
        dates = ["--test-start", f"2000-10-{day:02d}", "--test-end", until, "--parameters", kept]
        code, output = run(*common, *dates, "--json", out)
        assert code == 0, output
        rows.append(json.loads(out.read_text())["by_magnitude"]["4"])
    code, output = run(*common, "--test-end", "2000-12-09", "--parameters", kept, "--json", tmp_path / "all.json")
    assert code == 0 and "gain_any_start" in output
    row = json.loads((tmp_path / "all.json").read_text())["by_magnitude"]["4"]
    events = [one["events"] for one in rows]
    gains = [one["gain_per_event"]["value"] for one in rows]
    assert row["any_start"]["events"] == sum(events) and len(set(gains)) == 7
    assert row["any_start"]["gain_per_event"]["value"] == pytest.approx(np.average(gains, weights=events), rel=1e-9)
    assert row["gain_per_event"] == rows[0]["gain_per_event"]


def test_a_day_is_written_as_the_date_it_is_read_from() -> None:
    assert [date_of(day_of(date, "")) for date in ("1969-12-31", "2013-05-03")] == ["1969-12-31", "2013-05-03"]
