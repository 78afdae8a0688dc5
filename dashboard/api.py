"""What the pages ask the serving API, with timeouts and errors a reader can act on. No page talks HTTP itself."""

from collections.abc import Iterator
from typing import Any

import httpx

Row = dict[str, Any]
"""A row of `quake.schema` as JSON: times are ISO 8601 strings."""

PAGE_ROWS = 1000
"""Rows asked for at once."""


class ApiError(Exception):
    """The API did not answer as agreed; the text is meant for the page."""


class Api:
    """The serving API at `url`; safe to share between sessions.

    Every method raises ApiError when the API cannot be reached, is too slow or answers with an error.
    """

    def __init__(self, url: str, timeout_s: float = 10.0, transport: httpx.BaseTransport | None = None) -> None:
        self.url = url
        self._client = httpx.Client(base_url=url, timeout=timeout_s, transport=transport)

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
        try:
            response = self._client.get(path, params=asked)
            if response.status_code == 404 and missing is not ...:
                return missing
            response.raise_for_status()
            return response.json()
        except httpx.TimeoutException as error:
            raise ApiError(f"The API at {self.url} did not answer {path} in time.") from error
        except httpx.HTTPStatusError as error:
            raise ApiError(f"The API at {self.url} answered {path} with {error.response.status_code}.") from error
        except httpx.HTTPError as error:
            raise ApiError(f"The API at {self.url} cannot be reached. Is `quake up` running?") from error
        except ValueError as error:
            raise ApiError(f"The API at {self.url} answered {path} with something that is not JSON.") from error
