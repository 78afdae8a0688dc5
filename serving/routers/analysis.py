"""Questions beyond the fixed lists: saved answers of `quake/sql`, SQL of one's own, the people of one earthquake."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from quake.adapters.sql import answer, meaning, names
from quake.adapters.warehouse.dialect import translate
from quake.adapters.warehouse.shell import parse_parameter
from serving import reads
from serving.answers import json_response
from serving.config import allowed_origins
from serving.parameters import KnownAt, QuakeId
from serving.places import people_and_places
from serving.problems import documented
from serving.questions import BYTES, ROWS, Busy, Questions, Refused
from serving.services import Given, Services

router = APIRouter(prefix="/v1", tags=["analysis"], responses=documented(422, 429))
LONGEST_SQL = 20_000
Name = Annotated[str, Path(description="As `GET /v1/answers` lists it", examples=["magnitude_types"])]
SCOPES = frozenset(("read", "admin"))
"""What a key needs to ask; that reading is public does not open it."""


class Question(BaseModel):
    """One SELECT in BigQuery's dialect, with `@named` parameters."""

    model_config = ConfigDict(extra="forbid")
    sql: str = Field(
        max_length=LONGEST_SQL, examples=["SELECT place, magnitude FROM assessments WHERE magnitude >= @m"]
    )
    parameters: dict[str, str | int | float | bool | None] = Field(
        {}, max_length=50, description="By name; texts that look like ISO 8601 times or numbers are taken as such"
    )
    limit: int = Field(1000, ge=1, le=ROWS, description="Rows of the answer")


class Answer(BaseModel):
    """A table, column by column names, row by row values."""

    columns: list[str]
    types: list[str] = Field(description="Arrow's names of the columns' types")
    rows: list[list[Any]]
    cut: str = Field(description=f"`rows` or `bytes` (at most {BYTES}) where there was more, else empty")


class SavedAnswer(BaseModel):
    """A named question of `quake/sql`."""

    name: str
    meaning: str = Field(description="What a row of its answer is")
    parameters: list[str]
    sql: str


class Town(BaseModel):
    """A place worth naming."""

    name: str
    latitude: float
    longitude: float
    distance_km: float = Field(description="From the epicentre")
    population: int
    intensity: float = Field(description="Expected there, Modified Mercalli")


class People(BaseModel):
    """Who felt one earthquake, as it is known now or was at `as_of`."""

    quake_id: str
    revision: int
    people_mmi: list[int] = Field(description="People at MMI 1, 2, ..., 10; none are counted below 3")
    places: list[Town] = Field(
        description="Half the nearest, half the largest that are shaken to MMI 5; strongest first"
    )


@router.get("/events/{quake_id}/places", response_model=People, responses=documented(404), summary="People and places")
def places_of_event(
    request: Request,
    given: Given,
    quake_id: QuakeId,
    as_of: KnownAt = None,
) -> Response:
    """People at each intensity and towns with the intensity expected there; empty without a magnitude."""
    row = reads.event(given.warehouse, quake_id, as_of or reads.FAR_AHEAD)
    if row is None:
        raise HTTPException(404, f"no earthquake {quake_id!r}; GET /v1/events lists those known")
    return json_response(request, {"quake_id": quake_id, "revision": row["revision"], **people_and_places(row)})


@router.get("/answers", response_model=list[SavedAnswer], summary="The questions that are asked often")
def list_answers(request: Request) -> Response:
    """Each is a file of `quake/sql`: the same text works with `quake sql`, `bq query` and `POST /v1/query`."""
    return json_response(request, [_saved(name) for name in names()])


@router.get("/answers/{name}", response_model=Answer, responses=documented(404), summary="A saved question, answered")
def saved_answer(request: Request, given: Given, name: Name) -> Response:
    """Parameters of the question as query parameters: ISO 8601 times, numbers, text, `null`."""
    if name not in names():
        raise HTTPException(404, f"no answer {name!r}; GET /v1/answers lists those there are")
    typed = {key: parse_parameter(value) for key, value in request.query_params.items()}
    if unknown := sorted(typed.keys() - translate(answer(name)).parameters):
        raise HTTPException(422, f"no parameter {unknown[0]!r}; known: {', '.join(_saved(name)['parameters'])}")
    try:
        table = given.warehouse.query(answer(name), typed, max_rows=2 * ROWS + 1, timeout_s=reads.TIMEOUT_S)
    except ValueError as error:
        raise HTTPException(422, str(error)[:500]) from error
    kept, columns = table.slice(0, 2 * ROWS), table.column_names
    rows = [list(row) for row in zip(*(column.to_pylist() for column in kept.columns))]
    cut = "rows" if table.num_rows > len(rows) else ""
    types = [str(kind) for kind in table.schema.types]
    return json_response(request, {"columns": columns, "types": types, "rows": rows, "cut": cut})


async def _questions(request: Request, given: Given) -> Questions:
    state = request.app.state
    if not hasattr(state, "questions"):
        state.questions = Questions(given.settings)
        state.owned.append(state.questions)
    return state.questions


@router.post(
    "/query", response_model=Answer, responses=documented(401, 403, 503), summary="SQL of one's own, read only"
)
def ask(
    request: Request, given: Given, question: Question, questions: Annotated[Questions, Depends(_questions)]
) -> Response:
    """One SELECT over the tables, answered within 10 s, one question at a time. Needs a key with scope `read` even
    where reading is public; where there are no keys, only this machine may ask."""
    _admit(request, given)
    try:
        found = questions.ask(question.sql, question.parameters, question.limit)
    except Refused as error:
        raise HTTPException(422, str(error)) from error
    except TimeoutError as error:
        raise HTTPException(422, f"{error}; ask for less") from error
    except Busy as error:
        raise HTTPException(503, str(error), {"Retry-After": "5"}) from error
    return json_response(request, found)


def _admit(request: Request, given: Services) -> None:
    """`Guard` has asked for a key with scope `read`; a page of another origin may not use the one of who visits it."""
    origin, own = request.headers.get("origin"), f"{request.url.scheme}://{request.headers.get('host', '')}"
    if origin not in (None, own, *allowed_origins(given.settings)):
        raise HTTPException(403, "pages of this origin may not ask; QUAKE_CORS_ORIGINS names those that may")
    if SCOPES.isdisjoint(request.scope["caller"].scopes):
        raise HTTPException(401, "an API key with scope read is needed", {"WWW-Authenticate": "Bearer"})


def _saved(name: str) -> dict[str, Any]:
    parameters = sorted(translate(answer(name)).parameters)
    return {"name": name, "meaning": meaning(name), "parameters": parameters, "sql": answer(name)}
