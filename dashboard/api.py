"""What the pages ask the serving API, with timeouts and errors a reader can act on. No page talks HTTP itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx

Row = dict[str, Any]
"""A row of `quake.schema` as JSON: times are ISO 8601 strings."""

PAGE_ROWS = 1000
"""Rows asked for at once."""


class ApiError(Exception):
    """The API did not answer as agreed; the text is meant for the page."""


class Refused(ApiError):
    """The API answered that it will not, and why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A table from the warehouse."""

    columns: list[str]
    types: list[str]
    """Arrow's names."""
    rows: list[list[Any]]
    cut: str
    """`rows` or `bytes` where there was more, else empty."""

    @classmethod
    def of(cls, answer: Row) -> "Answer":
        """From the API's JSON."""
        return cls(answer["columns"], answer["types"], answer["rows"], answer["cut"])

    def records(self) -> list[Row]:
        """A dict for each row."""
        return [dict(zip(self.columns, row)) for row in self.rows]


class Api:
    """The serving API at `url`; safe to share between sessions.

    Every method raises ApiError when the API cannot be reached, is too slow or answers with an error. `key` goes to the
    API and nowhere else: browsers get tickets.
    """

    def __init__(
        self, url: str, timeout_s: float = 10.0, transport: httpx.BaseTransport | None = None, key: str = ""
    ) -> None:
        self.url, self.keyed = url, bool(key)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx.Client(base_url=url, timeout=timeout_s, transport=transport, headers=headers)

    def about(self) -> Row:
        """Mode, champion model and the address of the alert stream."""
        return self._get("/v1")

    def status(self) -> Row:
        """Age of the feed in seconds, counts and dead letters."""
        return self._get("/v1/status")

    def events(
        self, at_most: int, since: str | None = None, updated_since: str | None = None, status: str | None = None
    ) -> list[Row]:
        """The latest assessment of each earthquake, newest first, `at_most` of them.

        `since` is the oldest origin time, `updated_since` the oldest assessment time, both ISO 8601; `status` is
        `active` unless it says `any`.
        """
        return self._list("/v1/events", at_most, since=since, updated_since=updated_since, status=status)

    def event(self, quake_id: str) -> Row | None:
        """The latest assessment of one earthquake; None where there is no such earthquake."""
        return self._get(f"/v1/events/{quake_id}", missing=None)

    def reports(self, quake_id: str) -> list[Row]:
        """Every report of one earthquake, all agencies."""
        return self._list(f"/v1/events/{quake_id}/reports", PAGE_ROWS)

    def assessments(self, quake_id: str) -> list[Row]:
        """Every assessment of one earthquake."""
        return self._list("/v1/assessments", PAGE_ROWS, quake_id=quake_id)

    def alerts(self, at_most: int, quake_id: str | None = None) -> list[Row]:
        """The newest alerts, of one earthquake if asked."""
        return self._list("/v1/alerts", at_most, quake_id=quake_id)

    def places(self, quake_id: str, as_of: str | None = None) -> Row | None:
        """People by intensity and towns of one earthquake; None where there is no such earthquake."""
        return self._get(f"/v1/events/{quake_id}/places", missing=None, as_of=as_of)

    def grid(self, as_of: str | None = None) -> Row | None:
        """The newest forecast of the world's cells as GeoJSON; None before the first."""
        return self._get("/v1/forecast/grid", missing=None, horizon_days=7, magnitude_min=5, as_of=as_of)

    def answer(self, name: str, **parameters: Any) -> Answer:
        """The saved question `name` of `quake/sql`."""
        return Answer.of(self._get(f"/v1/answers/{name}", **parameters))

    def answers(self) -> list[Row]:
        """Every saved question: name, meaning, parameters, SQL."""
        return self._get("/v1/answers")

    def query(self, sql: str, parameters: dict[str, str], limit: int) -> Answer:
        """SQL of one's own. Raises Refused, with what was wrong, for what the API does not answer."""
        asked = {"sql": sql, "parameters": parameters, "limit": limit}
        return Answer.of(self._sent("POST", "/v1/query", json=asked, timeout=60.0).json())

    def scores(self, runs: int = 1) -> list[Row]:
        """The forecasts' scores, newest run first."""
        return self._get("/v1/scores", limit=runs)

    def drift_pages(self) -> list[Row]:
        """Name and size of the pages that compare windows, newest first."""
        return self._get("/v1/drift/pages")

    def drift_page(self, name: str) -> str:
        """One of them, as HTML that only a sealed frame may show."""
        return self._sent("GET", f"/v1/drift/pages/{name}", timeout=60.0).text

    def ticket(self) -> str:
        """Opens one stream within a minute; for a browser, which must not see the key."""
        return self._sent("POST", "/v1/tickets").json()["ticket"]

    def close(self) -> None:
        """Lets go of every connection."""
        self._client.close()

    def _list(self, path: str, at_most: int, **parameters: Any) -> list[Row]:
        rows: list[Row] = []
        for page in self._pages(path, {"limit": min(at_most, PAGE_ROWS), **parameters}):
            rows += page
            if len(rows) >= at_most:
                break
        return rows[:at_most]

    def _pages(self, path: str, parameters: dict[str, Any]) -> Iterator[list[Row]]:
        cursor = None
        while True:
            answer = self._get(path, **parameters, cursor=cursor)
            yield answer["items"]
            cursor = answer.get("next")
            if cursor is None:
                return

    def _get(self, path: str, *, missing: Any = ..., **parameters: Any) -> Any:
        asked = {name: value for name, value in parameters.items() if value is not None}
        response = self._sent("GET", path, params=asked, allowed=(404,) if missing is not ... else ())
        return missing if response.status_code == 404 else self._json(path, response)

    def _json(self, path: str, response: httpx.Response) -> Any:
        try:
            return response.json()
        except ValueError as error:
            raise ApiError(f"The API at {self.url} answered {path} with something that is not JSON.") from error

    def _sent(self, method: str, path: str, allowed: tuple[int, ...] = (), **given: Any) -> httpx.Response:
        try:
            response = self._client.request(method, path, **given)
        except httpx.TimeoutException as error:
            raise ApiError(f"The API at {self.url} did not answer {path} in time.") from error
        except httpx.HTTPError as error:
            raise ApiError(f"The API at {self.url} cannot be reached. Is `quake up` running?") from error
        if response.is_success or response.status_code in allowed:
            return response
        if method == "POST" and response.status_code in (401, 403, 422):
            raise Refused(_detail(response))
        raise ApiError(f"The API at {self.url} answered {path} with {response.status_code}.")


def _detail(response: httpx.Response) -> str:
    try:
        return str(response.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"status {response.status_code}"
