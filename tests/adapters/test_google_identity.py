"""The identity that MLflow's client shows to a registry on Cloud Run."""

import requests

from quake.adapters.registry.google_identity import REFRESH_S, GoogleIdentity, GoogleIdentityProvider


class Tokens:
    """Counts what Google would be asked for."""

    def __init__(self):
        self.asked = []

    def __call__(self, audience: str) -> str:
        self.asked.append(audience)
        return f"token-{len(self.asked)}"


def sent(identity: GoogleIdentity, url: str) -> str | None:
    return requests.Request("GET", url, auth=identity).prepare().headers.get("Authorization")


def test_a_host_gets_a_token_of_its_own_and_keeps_it_for_half_an_hour():
    now, tokens = [0.0], Tokens()
    identity = GoogleIdentity(tokens, lambda: now[0])
    url = "https://quake-dev-mlflow-abc.a.run.app/api/2.0/mlflow/experiments/search?max_results=1"
    assert sent(identity, url) == sent(identity, url) == "Bearer token-1"
    assert sent(identity, "https://other.run.app/") == "Bearer token-2"
    now[0] = REFRESH_S
    assert sent(identity, url) == "Bearer token-3"
    assert tokens.asked == [
        "https://quake-dev-mlflow-abc.a.run.app",
        "https://other.run.app",
        "https://quake-dev-mlflow-abc.a.run.app",
    ]


def test_no_token_travels_in_the_clear():
    tokens = Tokens()
    assert sent(GoogleIdentity(tokens), "http://127.0.0.1:5000/") is None
    assert not tokens.asked


def test_mlflow_finds_it_by_name():
    from mlflow.tracking.request_auth.registry import RequestAuthProviderRegistry

    registry = RequestAuthProviderRegistry()
    registry.register(GoogleIdentityProvider)
    (found,) = [provider for provider in registry if provider.get_name() == "google-identity"]
    assert isinstance(found.get_auth(), requests.auth.AuthBase)
    assert found.get_auth() is GoogleIdentityProvider().get_auth(), "tokens are shared by all requests"
