"""The Pub/Sub schemas of our topics: Protocol Buffers, whose JSON form takes null for what is not known."""

from collections.abc import Iterator
from datetime import datetime
from types import NoneType
from typing import Any, get_args, get_type_hints

from quake.event import Drill, SeismicEvent, Tick
from quake.retraining import RetrainRequest
from quake.schema import Alert, Exceedance

TYPES = {str: "string", int: "int64", float: "double", bool: "bool", datetime: "string"}
"""Times are ISO 8601 text on the bus."""


def proto_schemas() -> dict[str, str]:
    """Topic -> Protocol Buffers definition of its JSON messages, one message type each as Pub/Sub demands."""
    event = (
        {"type": str} | get_type_hints(Tick) | get_type_hints(SeismicEvent) | get_type_hints(Drill) | {"payload": str}
    )
    return {
        "events": _message("Event", event),
        "alerts": _message("Alert", get_type_hints(Alert)),
        "retrain": _message("Retrain", get_type_hints(RetrainRequest)),
    }


def _message(name: str, hints: dict[str, Any]) -> str:
    nested = "".join(f"  {line}\n" for line in _body("Exceedance", get_type_hints(Exceedance)))
    nested = nested if tuple[Exceedance, ...] in hints.values() else ""
    first, *fields, last = _body(name, hints)
    return 'syntax = "proto3";\n\n' + first + "\n" + nested + "\n".join([*fields, last]) + "\n"


def _body(name: str, hints: dict[str, Any]) -> Iterator[str]:
    yield f"message {name} {{"
    for number, (field, hint) in enumerate(hints.items(), start=1):
        yield f"  {_type(hint)} {field} = {number};"
    yield "}"


def _type(hint: Any) -> str:
    if get_args(hint)[1:] == (...,):
        item = get_args(hint)[0]
        return f"repeated {TYPES.get(item, 'Exceedance')}"
    kinds = [kind for kind in get_args(hint) or (hint,) if kind is not NoneType]
    return f"optional {TYPES.get(kinds[0], 'string')}"
