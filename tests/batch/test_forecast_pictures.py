"""The forecast's pictures on a small made-up catalogue: what the maps hold, and that every file is a picture."""

import json
from dataclasses import asdict, replace
import traceback
from pathlib import Path

import numpy as np
import pytest
from typer import Typer
from typer.testing import CliRunner

from batch.benchmark_forecast import write_scores
from batch.train_etas import write_parameters
from benchmarks import forecast_pictures
from quake.etas_parameters import CALIFORNIA
from quake.score import reliability

MODEL = replace(CALIFORNIA, theta=0.0, area_km2=50_000.0, fractions=((2.5, 1.0), (4.0, 0.03), (6.0, 0.0003)))
MAINSHOCK = "2000-03-01T00:00:00"


@pytest.fixture(scope="module", name="files")
def _files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Sixty small earthquakes and an M 6 at 36.5 N, 117.5 W; scores and reliability drawn by lot."""
    folder, random = tmp_path_factory.mktemp("pictures"), np.random.default_rng(3)
    days = np.sort(random.uniform(0, 60, 60))
    lines = [f"{np.datetime64('2000-01-01') + np.timedelta64(int(day * 86400), 's')}Z,{36 + random.random():.3f},"
             f"{-118 + random.random():.3f},{2.5 + random.exponential(0.4):.1f}" for day in days]  # fmt: skip
    lines += [f"{MAINSHOCK}Z,36.5,-117.5,6.0", "2000-03-20T00:00:00Z,36.6,-117.4,4.5"]
    (folder / "catalogue.csv").write_text("\n".join(["time,latitude,longitude,magnitude", *lines]) + "\n")
    np.savetxt(folder / "corners.csv", [[35.5, -118.5], [35.5, -116.5], [37.5, -116.5], [37.5, -118.5]], delimiter=",")
    write_parameters(folder / "parameters.json", MODEL, {})
    said = random.uniform(0, 1, 400) ** 3
    rows = reliability(said, random.random(400) < said, np.arange(400), (0, 0.01, 0.1, 1), random)
    result = {"horizon_days": 7, "by_magnitude": {"4": {"reliability": [asdict(row) for row in rows]}}}
    (folder / "week.json").write_text(json.dumps(result))
    for name in ("ours", "theirs"):
        write_scores(folder / f"{name}.csv", np.column_stack([10957 + np.arange(50), random.normal(0, 1, (50, 2))]))
    return {file.stem: file for file in folder.iterdir()}


def test_the_mainshock_raises_the_map_and_time_calms_it(
    files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forecast_pictures, "GRID", 21)
    maps = forecast_pictures.intensity_maps(files["catalogue"], files["corners"], MODEL, 11017.0)
    before, after, later = maps["fields"]
    assert after.max() > 5 * before.max()
    assert before.max() < later.max() < after.max()
    row, column = np.unravel_index(after.argmax(), after.shape)
    assert maps["latitude"][row] == pytest.approx(36.5, abs=0.15)
    assert maps["longitude"][column] == pytest.approx(-117.5, abs=0.15)
    assert maps["magnitude"] == 6.0
    assert forecast_pictures.far_rise(maps | {"star": np.array([30.0, -117.5])})[0] == 1.0


def test_the_command_writes_three_pictures(
    files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forecast_pictures, "GRID", 8)
    app = Typer()
    app.command()(forecast_pictures.main)
    options = {"catalog": "catalogue", "polygon": "corners", "parameters": "parameters", "scores": "ours",
               "against": "theirs", "exceedance": "week"}  # fmt: skip
    given = [part for option, name in options.items() for part in (f"--{option}", str(files[name]))]
    result = CliRunner().invoke(app, [*given, "--mainshock", MAINSHOCK, "--out", str(tmp_path)])
    assert result.exit_code == 0, "".join(traceback.format_exception(result.exception))
    pictures = sorted(tmp_path.iterdir())
    assert [file.name for file in pictures] == ["gain.png", "intensity.png", "reliability.png"]
    assert all(file.read_bytes().startswith(b"\x89PNG") for file in pictures)
