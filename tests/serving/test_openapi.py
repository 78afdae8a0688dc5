"""The API keeps the contract that its own OpenAPI document makes; the long form is `benchmarks.serving_schemathesis`.

Requests are drawn from the document, right ones and wrong ones; every answer must be of a documented status and
media type, and hold to the documented schema.
"""

import json
import random

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

STREAM = "/v1/alerts/stream"
JUNK = st.sampled_from(["", "x", "-1", "1e999", "NaN", "null", "\x00", "☃", "0" * 50, "2023-02-06", "1,2,3,4", "red"])


@pytest.fixture(scope="module", name="document")
def _document(settled):
    return settled.get("/openapi.json")


def operations(document):
    return [(path, method) for path, found in document["paths"].items() for method in found if path != STREAM]


def test_every_parameter_has_unit_and_example(document):
    lacking = [
        (path, parameter["name"])
        for path, found in document["paths"].items()
        for operation in found.values()
        for parameter in operation.get("parameters", [])
        if not parameter.get("description") or not (parameter["schema"].get("examples") or parameter.get("examples"))
    ]
    assert lacking == []


def test_every_operation_says_what_may_go_wrong(document):
    for path, method in operations(document):
        operation = document["paths"][path][method]
        assert operation["summary"]
        if not path.startswith("/health/"):
            assert {"401", "403", "413", "429", "500", "503"} <= operation["responses"].keys(), path
        if operation.get("parameters") and path.startswith("/v1"):
            assert "422" in operation["responses"], path


def test_examples_are_what_the_schema_takes(document):
    for path, method in operations(document):
        for parameter in document["paths"][path][method].get("parameters", []):
            for shown in parameter["schema"].get("examples", []):
                validator(document, parameter["schema"]).validate(shown)


def test_every_list_pages_has_etags_and_says_what_would_be_right(settled, document):
    lists = [
        path for path, found in document["paths"].items() if "cursor" in names(found["get"] if "get" in found else {})
    ]
    assert set(lists) >= {
        "/v1/events",
        "/v1/events/{quake_id}/reports",
        "/v1/assessments",
        "/v1/alerts",
        "/v1/forecast/grid",
    }
    for path in lists:
        asked = path.format(quake_id="q1")
        first = settled.http.get(asked)
        if first.status_code == 404:
            continue
        assert "next" in first.json() and first.headers["cache-control"] == "no-cache"
        assert settled.http.get(asked, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
        wrong = settled.http.get(asked, params={"cursor": "bm8", "limit": 0}).json()
        assert all(error["expected"] for error in wrong["errors"]) and wrong["trace_id"]


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_fuzz_answers_keep_the_documents_promise(settled, document, data):
    path, method = data.draw(st.sampled_from(operations(document)))
    operation = document["paths"][path][method]
    url, query = path, {}
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path":
            url = url.replace(
                f"{{{parameter['name']}}}", data.draw(st.sampled_from(["q1", "q3", "q4.1", "nobody", "%00"]))
            )
        elif parameter.get("required") or data.draw(st.booleans()):
            query[parameter["name"]] = data.draw(value(parameter["schema"]))
    body = json.dumps(data.draw(body_of(document, operation))) if method == "post" else None
    headers = {"Content-Type": "application/json"} if body else {}
    answer = settled.http.request(method.upper(), url, params=query, content=body, headers=headers)
    assert str(answer.status_code) in operation["responses"], (url, query, answer.text)
    assert answer.status_code < 500 or answer.status_code == 503, (url, query, answer.text)
    check_body(document, operation["responses"][str(answer.status_code)], answer)


def check_body(document, promised, answer):
    """Media type and schema of an answer."""
    if "content" not in promised:
        assert answer.content == b""
        return
    kind = answer.headers["content-type"].partition(";")[0]
    assert kind in promised["content"], (answer.url, kind)
    if kind.endswith("json"):
        validator(document, promised["content"][kind].get("schema", {})).validate(answer.json())


def validator(document, schema):
    return jsonschema.Draft202012Validator({"components": document["components"]} | schema)


def value(schema):
    """One of the examples, something else that fits, or junk."""
    schema = (schema.get("anyOf") or [schema])[0] | {"examples": schema.get("examples", [])}
    fits = [st.sampled_from(schema["examples"])] if schema["examples"] else []
    if "enum" in schema:
        fits.append(st.sampled_from(schema["enum"]))
    elif schema.get("type") in ("number", "integer"):
        low, high = schema.get("minimum", -100), schema.get("maximum", 100)
        fits.append(st.integers(int(low), int(high)) if schema["type"] == "integer" else st.floats(low, high))
    return st.one_of(*fits, JUNK) if "$ref" not in schema else st.just({})


def body_of(document, operation):
    """A body of examples, some of them replaced or missing, or none at all."""
    if "requestBody" not in operation:
        return st.just({})
    schema = resolve(document, operation["requestBody"]["content"]["application/json"]["schema"])
    return st.one_of(
        st.just(example(document, schema)), st.randoms().map(lambda rng: spoil(example(document, schema), rng))
    )


def example(document, schema):
    """The example of a schema, made of its parts'."""
    schema = resolve(document, schema)
    if schema.get("examples"):
        return schema["examples"][0]
    if "anyOf" in schema:
        return example(document, schema["anyOf"][0])
    if schema.get("type") == "array":
        return [example(document, schema["items"])]
    if schema.get("type") == "object":
        return {name: example(document, part) for name, part in schema.get("properties", {}).items()}
    return schema.get("default", (schema.get("enum") or [None])[0])


def spoil(body, rng: random.Random):
    """One part of it replaced by something else, or gone."""
    if isinstance(body, list) and body:
        return [spoil(body[0], rng)] * rng.choice((0, 1, 101))
    if not isinstance(body, dict) or not body or rng.random() < 0.2:
        return rng.choice([None, -1, "x", [], {}, 1e300, True])
    name = rng.choice(sorted(body))
    return {key: spoil(part, rng) if key == name else part for key, part in body.items()}


def resolve(document, schema):
    name = schema.get("$ref", "").rpartition("/")[2]
    return document["components"]["schemas"][name] if name else schema


def names(operation):
    return {parameter["name"] for parameter in operation.get("parameters", [])}
