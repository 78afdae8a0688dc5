"""Shows MLflow's client's Google identity to a registry on Cloud Run: `MLFLOW_TRACKING_AUTH=google-identity`.

MLflow finds it through the entry point `mlflow.request_auth_provider`; the class has the two methods MLflow asks for,
and imports nothing of it.
"""

import time
from collections.abc import Callable
from functools import cache
from urllib.parse import urlsplit

from requests import PreparedRequest
from requests.auth import AuthBase

REFRESH_S = 1800.0
"""Tokens live for an hour; one is asked for again after half of it."""

Fetch = Callable[[str], str]
"""Audience -> identity token."""


class GoogleIdentity(AuthBase):
    """Adds an identity token for the host that is asked; one token a host until it is half used up."""

    def __init__(self, fetch: Fetch | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch, self._clock = fetch or fetch_token, clock
        self._tokens: dict[str, tuple[float, str]] = {}

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        """The request with its `Authorization` header; a plain `http://` address gets no token."""
        parts = urlsplit(r.url or "")
        if parts.scheme == "https":
            r.headers["Authorization"] = f"Bearer {self._token(f'https://{parts.netloc}')}"
        return r

    def _token(self, audience: str) -> str:
        now = self._clock()
        fetched_at, token = self._tokens.get(audience, (-REFRESH_S, ""))
        if now - fetched_at >= REFRESH_S:
            token = self._fetch(audience)
            self._tokens[audience] = now, token
        return token


class GoogleIdentityProvider:
    """What the entry point names: a name for MLFLOW_TRACKING_AUTH, and the identity that all requests share."""

    def get_name(self) -> str:
        """The value of MLFLOW_TRACKING_AUTH that chooses this."""
        return "google-identity"

    def get_auth(self) -> GoogleIdentity:
        """What adds the token to a request."""
        return _shared()


@cache
def _shared() -> GoogleIdentity:
    return GoogleIdentity()


def fetch_token(audience: str) -> str:
    """An identity token of this process's account for `audience`. Raises DefaultCredentialsError without an account."""
    from google.auth.transport.requests import Request
    from google.oauth2.id_token import fetch_id_token

    return str(fetch_id_token(Request(), audience))
