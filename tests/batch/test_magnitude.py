"""`quake train magnitude`: pairs out of the record, the fit, the gate, and what is kept."""

import gzip
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from batch.magnitude import fit_interval, fit_linear, train_magnitude
from batch.magnitude_judge import judge, pinball
from batch.magnitude_pairs import Pairs, final_magnitudes, pairs_from_months, pairs_from_reports, simulated_pairs
from quake.adapters.magnitude_model import CHAMPION, load_magnitude_model
from quake.adapters.storage import open_storage
from quake.adapters.warehouse import open_warehouse
from quake.magnitude import EmpiricalInterval, LinearQuantiles
from quake.schema import EventReport
from quake.settings import Settings

# MLflow 3.17 asks SQLAlchemy for a loader that is to go; nothing we can answer.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy:DeprecationWarning")

ORIGIN = datetime(2025, 5, 4, 12, 0, tzinfo=UTC)
RNG_SEED = 3


@pytest.fixture(name="pairs", scope="module")
def _pairs() -> Pairs:
    return simulated_pairs(np.random.default_rng(RNG_SEED), 2100)


def _report(identifier: str, revision: int, magnitude: float | None, status: str, **given: object) -> EventReport:
    base = {
        "quake_id": identifier,
        "source": "usgs",
        "source_event_id": identifier,
        "source_revision": revision,
        "sequence": revision,
        "processed_sequence": revision,
        "aliases": (),
        "kind": "update",
        "origin_time": ORIGIN,
        "updated_at": ORIGIN + timedelta(minutes=10 * revision),
        "ingested_at": ORIGIN + timedelta(minutes=10 * revision),
        "latitude": 1.0,
        "longitude": 2.0,
        "depth_km": 10.0,
        "magnitude": magnitude,
        "magnitude_type": "mb",
        "review_status": status,
        "event_type": "earthquake",
        "network": "us",
        "nst": 30,
        "gap_deg": 50.0,
        "dmin_deg": 1.0,
        "rms_s": 0.5,
        "place": "X",
        "content_hash": f"{identifier}{revision}",
    }
    return EventReport(**base | given)


def test_pairs_are_the_first_automatic_and_the_last_reviewed_magnitude(tmp_path: Path) -> None:
    rows = [
        _report("a", 1, None, "automatic"),
        _report("a", 2, 5.0, "automatic"),
        _report("a", 3, 5.2, "reviewed"),
        _report("a", 4, 5.3, "reviewed"),
        _report("a", 5, 5.6, "reviewed", ingested_at=ORIGIN + timedelta(days=9)),
        _report("b", 1, 4.0, "automatic"),
        _report("c", 1, 4.1, "reviewed"),
        _report("d", 1, 4.2, "automatic"),
        _report("d", 2, 4.3, "reviewed", event_type="quarry blast"),
    ]
    with closing(open_warehouse(Settings(data=tmp_path).warehouse)) as warehouse:
        warehouse.insert(rows)
        found = pairs_from_reports(warehouse, ORIGIN + timedelta(days=1))
    assert [(report.magnitude, report.nst) for report in found.reports] == [(5.0, 30)]
    assert found.reviewed.tolist() == [5.3]
    assert found.reports[0].minutes_since_origin == pytest.approx(20)


def test_pairs_of_two_files_meet_by_id_in_order_of_time(tmp_path: Path) -> None:
    header = "time,latitude,longitude,depth,mag,magType,nst,gap,dmin,rms,net,id,updated,type,status\n"
    row = "{time},1,2,10,{mag},mb,,80,,0.5,us,{id},2025-05-04T13:00:00.000Z,earthquake,{status}\n"
    early = [("2025-05-04T12:30:00.000Z", 5.0, "x", "automatic"), ("2025-05-04T12:00:00.000Z", 4.6, "y", "reviewed")]
    late = [("2025-05-04T12:30:00.000Z", 5.4, "x", "reviewed"), ("2025-05-04T12:00:00.000Z", 4.6, "y", "reviewed")]
    for name, rows in (("early", early), ("late", late)):
        text = header + "".join(
            row.format(time=time, mag=mag, id=id_, status=status) for time, mag, id_, status in rows
        )
        (tmp_path / f"{name}.csv.gz").write_bytes(gzip.compress(text.encode()))
    paths, final = [tmp_path / "early.csv.gz"], final_magnitudes([tmp_path / "late.csv.gz"])
    found = pairs_from_months(paths, final)
    assert found.reviewed.tolist() == [4.6, 5.4]
    assert [report.automatic for report in found.reports] == [False, True]
    assert found.reports[0].nst is None and found.reports[0].minutes_since_origin == pytest.approx(60)
    assert len(pairs_from_months(paths, final, automatic_only=True)) == 1


def test_files_without_a_common_id_are_refused(tmp_path: Path) -> None:
    (tmp_path / "none.csv").write_text("id,mag,type\n")
    with pytest.raises(ValueError, match="share no earthquake id"):
        pairs_from_months([tmp_path / "none.csv"], {"x": 5.0})


def test_pinball_is_koenkers() -> None:
    """By hand: 0.1, 0.5 and 0.9 times 1 above, and 0.9, 0.5 and 0.1 times 1 below."""
    assert pinball(np.zeros((2, 3)), np.array([1.0, -1.0])) == pytest.approx([0.5, 0.5])


def test_a_split_by_time_never_mixes(pairs: Pairs) -> None:
    earlier, later = pairs.split(0.7)
    assert len(earlier) + len(later) == len(pairs)
    assert earlier.origin_s.max() < later.origin_s.min()


def test_what_can_be_learnt_is_learnt_and_passes_the_gate(pairs: Pairs) -> None:
    earlier, later = pairs.split(0.7)
    verdict = judge(fit_linear(earlier), fit_interval(earlier), later, len(pairs), np.random.default_rng(1))
    assert verdict.promoted, verdict.reason
    assert verdict.gain_low > 0.15 and 0.77 <= verdict.coverage <= 0.83


@pytest.mark.parametrize(
    ("count", "reason"), [(1999, "fewer than 2000 pairs"), (2000, "gain below 15%; gain not above zero for sure")]
)
def test_what_tells_nothing_does_not_pass(pairs: Pairs, count: int, reason: str) -> None:
    earlier, later = pairs.split(0.7)
    stays = fit_interval(earlier)
    nothing = LinearQuantiles(np.zeros((3, 20)), 0.0)
    verdict = judge(nothing, stays, later, count, np.random.default_rng(1))
    assert not verdict.promoted and reason in verdict.reason
    assert verdict.gain == pytest.approx(0)


def test_too_few_pairs_keep_the_first_value_with_its_interval(tmp_path: Path) -> None:
    few = simulated_pairs(np.random.default_rng(RNG_SEED), 600)
    settings = Settings(data=tmp_path)
    model, verdict = train_magnitude(settings, few, register=False, now=ORIGIN)
    assert isinstance(model, EmpiricalInterval) and not verdict.promoted
    kept = load_magnitude_model(open_storage(settings.storage))
    assert kept.predict(few.reports[0]) == model.predict(few.reports[0])


def test_training_is_logged_and_a_spoilt_file_is_refused(tmp_path: Path, pairs: Pairs) -> None:
    settings = Settings(data=tmp_path)
    model, verdict = train_magnitude(settings, pairs, now=ORIGIN)
    assert isinstance(model, LinearQuantiles) and verdict.promoted
    from mlflow import MlflowClient

    client = MlflowClient(settings.registry)
    runs = client.search_runs([client.get_experiment_by_name("quake-magnitude").experiment_id])
    assert runs[0].data.metrics["gain"] == pytest.approx(verdict.gain)
    assert client.get_model_version_by_alias("quake-magnitude", "champion").run_id == runs[0].info.run_id
    storage = open_storage(settings.storage)
    storage.write(CHAMPION, b"spoilt")
    with pytest.raises(ValueError, match="digest"):
        load_magnitude_model(storage)


def test_before_the_first_training_the_first_value_stays(tmp_path: Path, pairs: Pairs) -> None:
    model = load_magnitude_model(open_storage(Settings(data=tmp_path).storage))
    assert isinstance(model, EmpiricalInterval)
    assert model.predict(pairs.reports[0]).median == pairs.reports[0].magnitude
