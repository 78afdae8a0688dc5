"""Questions of other people: answered read-only, small and in time; attacks refused; pages sealed; people counted."""

import hashlib
import json
import threading
import time
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta

import pytest

from quake.adapters.places import load_atlas
from quake.adapters.sql import names
from quake.adapters.storage import open_storage
from quake.schema import DeadLetter, Delivery, Forecast, Outcome
from quake.settings import Settings
from serving.questions import Questions, Refused

KEY = "a key nobody guesses"
DIGEST = hashlib.sha256(KEY.encode()).hexdigest()
NOW = datetime(2023, 2, 6, 4, tzinfo=UTC)


@pytest.fixture(name="asked_of")
def _asked_of(world):
    """Makes questions to the filled store; their cells end with the test, whatever comes of it."""
    with ExitStack() as made:
        yield lambda **how: made.enter_context(closing(Questions(world.settings, **how)))


def query(server, sql, **more):
    return server.http.post("/v1/query", json={"sql": sql, **more})


def table(answer):
    assert answer.status_code == 200, answer.text
    found = answer.json()
    return [dict(zip(found["columns"], row)) for row in found["rows"]]


def test_query_answers_with_names_types_and_parameters(settled):
    answer = query(
        settled,
        "SELECT DISTINCT quake_id, magnitude FROM assessments WHERE magnitude >= @m AND origin_time < @t ORDER BY 1",
        parameters={"m": 6, "t": "2023-02-06T01:25:00Z"},
    )
    assert table(answer) == [{"quake_id": f"q{n}", "magnitude": 4.0 + n % 4} for n in (2, 3, 6, 7)]
    assert answer.json()["types"] == ["string", "double"] and answer.json()["cut"] == ""


def test_query_says_that_rows_were_cut(settled):
    answer = query(settled, "SELECT quake_id FROM assessments", limit=5).json()
    assert len(answer["rows"]) == 5 and answer["cut"] == "rows"


def test_query_says_that_bytes_were_cut(settled):
    answer = query(settled, "SELECT REPEAT('x', 200000) AS x FROM assessments").json()
    assert 0 < len(answer["rows"]) < 42 and answer["cut"] == "bytes"


ATTACKS = [
    "DROP TABLE assessments",
    "DELETE FROM assessments WHERE TRUE",
    "UPDATE assessments SET magnitude = 9 WHERE TRUE",
    "INSERT INTO assessments SELECT * FROM assessments",
    "CREATE TABLE x AS SELECT 1",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP TABLE assessments",
    "COPY assessments TO '/tmp/stolen.csv'",
    "ATTACH 'quake.db' AS q",
    "PRAGMA database_list",
    "SET lock_configuration = false",
    "INSTALL httpfs",
    "LOAD httpfs",
    "EXPORT DATA OPTIONS(uri='gs://x/*') AS SELECT 1",
    "CALL pragma_version()",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_parquet('http://127.0.0.1/x.parquet')",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM sqlite_scan('data/quake.db', 'alerts')",
    "SELECT * FROM `/etc/passwd`",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM assessments_rows",
    "SELECT getenv('HOME')",
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query_table('deliveries')",
    "WITH x AS (SELECT * FROM read_csv('/etc/passwd')) SELECT * FROM x",
    "SELECT (SELECT content FROM read_text('/etc/passwd'))",
    "SELECT * FROM assessments WHERE EXISTS (SELECT 1 FROM read_csv('/etc/passwd'))",
    "SELECT * FROM ML.PREDICT(MODEL x, TABLE assessments)",
    "SELECT * FROM EXTERNAL_QUERY('c', 'SELECT 1')",
    "SELECT * FROM deliveries",
    "SELECT d.recipient FROM `project.dataset.deliveries` AS d",
    "SELECT payload FROM dead_letters",
    "WITH assessments AS (SELECT * FROM deliveries) SELECT * FROM assessments",
    "SELECT @@version",
    "SELECT current_setting('allowed_directories')",
    "SELECT version()",
    "SELECT current_query()",
    "",
    "not sql at all",
    "SELECT ?",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_adversarial_query_is_refused_in_words(settled, attack):
    answer = query(settled, attack)
    assert answer.status_code == 422, answer.text
    said = answer.json()["detail"]
    assert said and "root:" not in said and "Traceback" not in said


def test_adversarial_query_of_text_that_looks_like_sql_is_only_text(settled):
    assert table(query(settled, "SELECT @x AS x", parameters={"x": "'; DROP TABLE assessments; --"})) == [
        {"x": "'; DROP TABLE assessments; --"}
    ]
    assert settled.get("/v1/status")["counts"]["assessments"] == 42


def test_adversarial_question_too_long_in_time_and_too_large_in_memory_leaves_the_next_one_an_answer(asked_of):
    questions = asked_of(seconds=1.0)
    eternal = "SELECT COUNT(*) AS n FROM UNNEST(GENERATE_ARRAY(1, 3000)) a, UNNEST(GENERATE_ARRAY(1, 3000)) b, " + (
        "UNNEST(GENERATE_ARRAY(1, 3000)) c WHERE MOD(a * b + c, 7) = 3"
    )
    huge = "SELECT REPEAT('x', 3000000) AS x FROM UNNEST(GENERATE_ARRAY(1, 2000)) n"
    assert questions.ask("SELECT 1 AS one", {})["rows"] == [[1]]
    started = time.monotonic()
    with pytest.raises(TimeoutError, match="longer than 1 s"):
        questions.ask(eternal, {})
    assert time.monotonic() - started < 10
    with pytest.raises((Refused, TimeoutError)):
        questions.ask(huge, {})
    assert questions.ask("SELECT 2 AS two", {})["rows"] == [[2]]


def test_questions_wait_their_turn(asked_of):
    questions, found = asked_of(), []
    questions.ask("SELECT 0 AS n", {})  # the cell is up: nobody waits for its start
    asking = [
        threading.Thread(target=lambda n=n: found.append(questions.ask(f"SELECT {n} AS n", {}))) for n in range(4)
    ]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join(30)
    assert sorted(answer["rows"][0][0] for answer in found) == [0, 1, 2, 3]


def test_query_needs_a_key_even_where_reading_is_public(world):
    server = world.serve(api_keys=(DIGEST,), public_read=True)
    assert server.http.get("/v1/events").status_code == 200
    assert query(server, "SELECT 1 AS one").status_code == 401
    allowed = {"Authorization": f"Bearer {KEY}"}
    assert server.http.post("/v1/query", json={"sql": "SELECT 1 AS one"}, headers=allowed).json()["rows"] == [[1]]


def test_adversarial_page_of_another_origin_cannot_ask(settled):
    question = {"sql": "SELECT 1 AS one"}
    assert settled.http.post("/v1/query", json=question, headers={"Origin": "https://evil.example"}).status_code == 403
    plain = {"Content-Type": "text/plain"}
    assert settled.http.post("/v1/query", content=json.dumps(question), headers=plain).status_code == 422


def test_every_saved_answer_is_listed_and_runs(settled):
    listed = {saved["name"]: saved for saved in settled.get("/v1/answers")}
    assert set(listed) == set(names())
    values = {"as_of": "2030-01-01", "since": "2000-01-01", "limit": 10, "quake_id": "q3", "horizon_days": 7}
    values |= {"magnitude_min": 5, "source": "usgs", "after": 0, "epoch": "e1", "seq": 0, "role": "champion"}
    for name in ("events_in_brief", "null_shares", "dead_letters_by_reason", "feed_latency", "forecast_of"):
        asked = {parameter: values[parameter] for parameter in listed[name]["parameters"]}
        assert settled.get(f"/v1/answers/{name}", **asked)["columns"]


def test_saved_answers_say_what_is_missing_and_unknown(settled):
    assert "needs parameters @as_of, @limit" in settled.http.get("/v1/answers/events_in_brief?since=2000-01-01").text
    assert "no parameter 'x'" in settled.http.get("/v1/answers/magnitude_types?x=1").text
    assert settled.http.get("/v1/answers/nothing").status_code == 404


def test_events_in_brief_are_those_of_the_full_list_as_known_then(settled):
    then = "2023-02-06T01:24:34+00:00"
    brief = settled.get("/v1/answers/events_in_brief", as_of=then, since="2000-01-01", limit=100)
    full = settled.get("/v1/events", as_of=then)["items"]
    column = brief["columns"].index("quake_id")
    assert [row[column] for row in brief["rows"]] == [row["quake_id"] for row in full] == ["q2", "q1"]


def test_null_shares_count_what_is_empty(world, assessment):
    server = world.serve()
    world.warehouse.insert([assessment(1)])
    assert server.get("/v1/answers/null_shares", since="2000-01-01")["rows"] == []


def forecast(issued_at, cell, probability, role="champion"):
    shared = {"issued_at": issued_at, "cell": cell, "horizon_days": 7, "magnitude_min": 5.0, "role": role}
    return Forecast(
        **shared, model_version="m1", latitude=0.5, longitude=0.5, expected=probability, probability=probability,
        baseline_expected=0.1, baseline_probability=0.1, gain=probability / 0.1, processed_sequence=1, mode="live",
        hindsight=False,
    ), Outcome(**shared, observed=int(probability > 0.3), known_at=issued_at + timedelta(days=37))  # fmt: skip


def test_running_score_is_the_mean_log_likelihood_gain(world):
    monday = datetime.fromordinal(7 * 100_000).replace(tzinfo=UTC)
    rows = [*forecast(monday, "a", 0.5), *forecast(monday, "b", 0.05), *forecast(monday + timedelta(7), "a", 0.1)]
    rows += forecast(monday + timedelta(days=1), "a", 0.9)  # overlaps: not counted
    world.warehouse.insert(rows)
    answer = world.serve().get("/v1/answers/running_score", horizon_days=7, magnitude_min=5)
    first, second = (dict(zip(answer["columns"], row)) for row in answer["rows"])
    assert (first["forecasts"], first["observed"], second["forecasts"]) == (2, 1, 1)
    assert first["gain"] == pytest.approx((1.6094379 + 0.0540672) / 2, abs=1e-6)  # ln 5; ln(0.95 / 0.9)
    assert second["gain"] == pytest.approx(0, abs=1e-9)
    assert second["running_gain"] == pytest.approx(2 * first["gain"] / 3, abs=1e-6)


def test_places_of_an_earthquake_agree_with_its_assessment(world, assessment):
    from quake.impact import assess_impact
    from quake.intensity_regime import regime_at

    atlas = load_atlas()
    regime = regime_at(atlas.regimes, 37.226, 37.014)
    told = assess_impact(37.226, 37.014, 10.0, 7.7, atlas.places, atlas.coefficients, regime=regime)
    where = {"latitude": 37.226, "longitude": 37.014, "depth_km": 10.0, "magnitude": 7.5, "intensity": told.intensity}
    world.warehouse.insert([assessment(1, **where), assessment(2, magnitude=None, intensity=None)])
    server = world.serve()
    found = server.get("/v1/events/q1/places")
    assert sum(found["people_mmi"][5:]) == pytest.approx(told.people_mmi6, rel=0.01)
    assert {place["name"] for place in found["places"]} == {town.name for town in told.cities}
    assert [place["intensity"] for place in found["places"]] == sorted(
        (place["intensity"] for place in found["places"]), reverse=True
    )
    assert server.get("/v1/events/q2/places")["places"] == []
    assert server.http.get("/v1/events/q1/places?as_of=2000-01-01").status_code == 404
    assert server.http.get("/v1/events/none/places").status_code == 404


def test_scores_come_newest_first(world):
    storage = open_storage(world.settings.storage)
    for stamp, gain in (("20260101T000000", 0.1), ("20260108T000000", float("nan"))):
        storage.write(f"scores/{stamp}.json", json.dumps([{"role": "champion", "gain": gain}]).encode())
    server = world.serve()
    assert server.get("/v1/scores", limit=5) == [
        {"scored_at": "20260108T000000", "scores": [{"role": "champion", "gain": None}]},
        {"scored_at": "20260101T000000", "scores": [{"role": "champion", "gain": 0.1}]},
    ]
    assert len(server.get("/v1/scores")) == 1


def test_drift_pages_are_sealed_and_stay_in_their_folder(world):
    storage = open_storage(world.settings.storage)
    storage.write("drift/20260101T000000-30d.html", b"<script>fetch('https://evil.example')</script>")
    storage.write("secret.html", b"secret")
    server = world.serve()
    (page,) = server.get("/v1/drift/pages")
    answer = server.http.get(f"/v1/drift/pages/{page['name']}")
    policy = answer.headers["content-security-policy"]
    assert answer.status_code == 200 and policy.startswith("sandbox allow-scripts; default-src 'none'")
    assert "allow-same-origin" not in policy and "connect-src" not in policy
    for name in ("..%2Fsecret.html", "../secret.html", "secret.html", "..%2F..%2Fetc%2Fpasswd"):
        assert server.http.get(f"/v1/drift/pages/{name}").status_code in (404, 422)


def test_adversarial_question_finds_no_recipient_and_no_payload(world):
    world.warehouse.insert(
        [
            Delivery(alert_id="a", channel="mail", recipient="who@x.test", status="sent", attempts=1, delivered_at=NOW),
            DeadLetter(source="usgs", payload_hash="h", reason="no id", payload="private", received_at=NOW),
        ]
    )
    server = world.serve()
    assert table(server.http.get("/v1/answers/dead_letters_by_reason"))[0]["messages"] == 1
    for sql in ("SELECT recipient FROM deliveries", "SELECT * FROM (SELECT payload FROM dead_letters)"):
        answer = query(server, sql)
        assert answer.status_code == 422 and "who@x.test" not in answer.text and "private" not in answer.text


def test_the_cell_ends_with_the_api(world):
    server = world.serve()
    assert query(server, "SELECT 1 AS one").status_code == 200
    cell = server.app.state.questions._cell  # pylint: disable=protected-access
    server.stop()
    world.servers.remove(server)
    assert cell.poll() is not None
    assert isinstance(world.settings, Settings)
