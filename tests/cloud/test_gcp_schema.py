"""What Terraform reads of us is not stale, and is what BigQuery and Pub/Sub can read."""

import ast
import json
import re
from dataclasses import asdict
from datetime import UTC, datetime

import pytest
import sqlglot
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

from quake.adapters.gcp_schema import INSERTED_AT, ROOT, columns, generated, views, write
from quake.event import SeismicEvent, Tick, encode, encode_reject
from quake.retraining import RetrainRequest
from quake.retraining import encode as encode_retrain
from quake.schema import TABLES, Alert, Exceedance, ModelDecision, as_record

NOW = datetime(2026, 1, 2, 3, 4, 5, 678900, UTC)
KINDS = {"string": 9, "int64": 3, "double": 1, "bool": 8, "Exceedance": 11}


def test_columns_are_made_while_other_threads_parse(monkeypatch):
    """Python 3.11 may refuse to parse then (CPython issue 106905); a worker makes its tables beside Beam's threads."""

    def refuse(*_args, **_options):
        raise SystemError("AST constructor recursion depth mismatch")

    before = [columns(table) for table in TABLES.values()]
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(ast, "parse", refuse)
        meanwhile = [columns(table) for table in TABLES.values()]
    assert meanwhile == before
    assert any(column["description"] for described in before for column in described[:-1])


def test_committed_files_are_not_stale():
    stale = [
        path for path, text in generated().items() if not (ROOT / path).exists() or (ROOT / path).read_text() != text
    ]
    assert not stale, f"run: python -m quake.adapters.gcp_schema ({stale})"
    folders = {(ROOT / path).parent for path in generated() if "/schemas/" in path or "/views/" in path}
    assert {file for folder in folders for file in folder.iterdir()} == {
        ROOT / path for path in generated() if "/schemas/" in path or "/views/" in path
    }, "a file that nothing makes any more"


def test_write_mends_what_is_stale_and_removes_what_is_gone(tmp_path):
    assert sorted(write(tmp_path)) == sorted(generated())
    changed = tmp_path / "terraform/modules/warehouse/schemas/alerts.json"
    gone = changed.with_name("no_longer_a_table.json")
    changed.write_text("[]")
    gone.write_text("[]")
    assert write(tmp_path) == ["terraform/modules/warehouse/schemas/alerts.json"]
    assert not gone.exists() and json.loads(changed.read_text())


@pytest.mark.parametrize("name", TABLES)
def test_bigquery_takes_the_schema(name):
    from google.cloud.bigquery import SchemaField

    fields = [SchemaField.from_api_repr(column) for column in columns(TABLES[name])]
    by_name = {field.name: field for field in fields}
    assert len(by_name) == len(fields) and fields[-1].name == INSERTED_AT["name"]
    assert all(by_name[key].mode == "REQUIRED" for key in TABLES[name].key), "a key column may not be null"
    assert by_name[TABLES[name].partition].field_type in ("TIMESTAMP", "DATE")
    assert len(TABLES[name].cluster) <= 4


def test_records_and_lists_are_repeated():
    by_name = {column["name"]: column for column in columns(TABLES["alerts"])}
    assert by_name["references"]["type"] == "STRING" and by_name["references"]["mode"] == "REPEATED"
    assert [field["name"] for field in by_name["forecast"]["fields"]] == list(Exceedance.__annotations__)
    assert by_name["depth_km"]["mode"] == "NULLABLE" and by_name["seq"]["description"].startswith("Gapless")


@pytest.mark.parametrize("name", views())
def test_every_table_of_a_view_names_its_dataset(name):
    sql = views()[name].replace("${dataset}", "project.dataset")
    parsed = sqlglot.parse_one(sql, read="bigquery")
    own = {cte.alias for cte in parsed.find_all(sqlglot.exp.CTE)}
    read = [table for table in parsed.find_all(sqlglot.exp.Table) if table.name not in own]
    assert read and all((table.catalog, table.db) == ("project", "dataset") for table in read)
    assert {table.name.removesuffix("_rows") for table in read} <= set(TABLES)
    assert "@" not in sql, "a view takes no parameters"


def exceedance() -> Exceedance:
    return Exceedance(
        horizon_days=7, magnitude_min=5.0, expected=0.1, probability=0.09, baseline_expected=0.001,
        baseline_probability=0.001, gain=100.0,
    )  # fmt: skip


def alert() -> Alert:
    values = {
        name: {"str": "x", "int": 1, "float": 1.5, "bool": True, "datetime": NOW}.get(
            str(getattr(kind, "__name__", kind))
        )
        for name, kind in Alert.__annotations__.items()
    }
    return Alert(**values | {"references": ("a.1",), "forecast": (exceedance(),)})


def report(**changed) -> SeismicEvent:
    known = {"source": "usgs", "source_event_id": "us7000", "origin_time": NOW, "updated_at": NOW}
    return SeismicEvent(**known | {"latitude": 1.0, "longitude": 2.0} | changed)


def decision() -> ModelDecision:
    known = {"model_version": "v2", "decided_at": NOW, "decision": "rejected", "previous_version": "v1", "reason": "x"}
    return ModelDecision(**known, gain=None, gain_low=None, gain_high=None, run_id="", dataset_hash="")


MESSAGES = [
    ("events", encode(Tick(sequence=7, at=NOW))),
    ("events", encode(report())),
    ("events", encode(report(depth_km=-1.2, magnitude=5.1, magnitude_type="mww", aliases=("us7000", "ci1"), nst=12))),
    ("events", encode_reject('{"id": 7, "place": "\ud800'[:-1])),
    ("alerts", json.dumps(as_record(alert()), default=str).encode()),
    ("model_decisions", json.dumps(as_record(decision()), default=str).encode()),
    ("retrain", encode_retrain(RetrainRequest(reason="drift", requested_at=NOW, requested_by="test"))),
]


@pytest.mark.parametrize(("topic", "payload"), MESSAGES)
def test_our_messages_pass_their_topics_schema(topic, payload):
    json_format.Parse(payload, message_of(topic)())


@pytest.mark.parametrize("topic", ["events", "alerts", "retrain", "model_decisions"])
def test_the_schema_refuses_what_is_not_ours(topic):
    with pytest.raises(json_format.ParseError):
        json_format.Parse('{"magnitudo": 5}', message_of(topic)())


def message_of(topic: str):
    """The message class of the topic's committed definition, through protobuf's own descriptors."""
    text = (ROOT / f"terraform/modules/messaging/schemas/{topic}.proto").read_text()
    file = descriptor_pb2.FileDescriptorProto(name=f"{topic}.proto", syntax="proto2")
    stack = [file]
    for line in text.splitlines():
        if found := re.match(r"\s*message (\w+) {", line):
            parent = stack[-1]
            stack.append((parent.message_type if parent is file else parent.nested_type).add(name=found[1]))
        elif found := re.match(r"\s*(repeated|optional) (\w+) (\w+) = (\d+);", line):
            field = stack[-1].field.add(name=found[3], number=int(found[4]), type=KINDS[found[2]])
            field.label = 3 if found[1] == "repeated" else 1
            if found[2] == "Exceedance":
                field.type_name = f".{stack[1].name}.Exceedance"
        elif line.strip() == "}":
            stack.pop()
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(file.message_type[0].name))


def test_every_field_of_an_alert_is_in_its_schema():
    assert set(message_of("alerts").DESCRIPTOR.fields_by_name) == set(asdict(alert()))
