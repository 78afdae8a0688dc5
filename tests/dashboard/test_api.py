"""The client of the serving API: all pages of a list, and errors in words."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from dashboard.api import PAGE_ROWS, Api, ApiError


def fail(error: type[Exception]) -> Callable[[httpx.Request], httpx.Response]:
    def handler(request: httpx.Request) -> httpx.Response:
        raise error("no", request=request)

    return handler


def test_lists_are_read_to_their_end(serve: Callable[[int], Any], client: Callable[..., Api]) -> None:
    world = serve(PAGE_ROWS + 7)
    api = client(world.url)
    assert len({row["quake_id"] for row in api.events(5 * PAGE_ROWS)}) == PAGE_ROWS + 7
    assert len(api.events(3)) == 3


def test_one_earthquake_and_its_rows(serve: Callable[[int], Any], client: Callable[..., Api]) -> None:
    world = serve(20)
    api, alert = client(world.url), world.publish(world.assessments[0].origin_time)
    assert api.event("nowhere") is None
    assert api.event(alert.quake_id)["quake_id"] == alert.quake_id
    assert [row["alert_id"] for row in api.alerts(5, alert.quake_id)] == [alert.alert_id]
    assert len(api.assessments(alert.quake_id)) == len(api.reports(alert.quake_id)) == 3


@pytest.mark.parametrize(
    ("handler", "words"),
    [
        (fail(httpx.ConnectError), "cannot be reached"),
        (fail(httpx.ReadTimeout), "in time"),
        (lambda request: httpx.Response(503), "answered /v1 with 503"),
        (lambda request: httpx.Response(404), "answered /v1 with 404"),
        (lambda request: httpx.Response(200, text="<html>"), "not JSON"),
    ],
)
def test_errors_are_for_reading(
    handler: Callable[[httpx.Request], httpx.Response], words: str, client: Callable[..., Api]
) -> None:
    with pytest.raises(ApiError, match=words):
        client("http://api.test", transport=httpx.MockTransport(handler)).about()
