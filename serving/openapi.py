"""What every operation has in common in OpenAPI: how to show a key, which problems may come, close codes."""

from typing import Any

from fastapi import FastAPI

from serving.config import CLOSE_CODES, WARNING
from serving.keys import SCOPES
from serving.problems import Problem, documented

ANYWHERE = (401, 403, 411, 413, 429, 500, 503)
"""`serving.guard` and `serving.limits` may answer these before, and `serving.trace` after, any operation."""
UNCHANGED = {"description": "What you have is still right: `If-None-Match` names its `ETag`"}


def description() -> str:
    """The front page of the documentation."""
    codes = "\n".join(f"- {code}: {meaning}" for code, meaning in CLOSE_CODES.items())
    scopes = "\n".join(f"- `{scope}`: {meaning}" for scope, meaning in SCOPES.items())
    return f"{WARNING}\n\nScopes of API keys:\n\n{scopes}\n\nWebSocket `/v1/alerts/stream` closes with:\n\n{codes}"


def complete_openapi(app: FastAPI) -> None:
    """Adds to the document of `app` what its routes do not say."""
    original = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(original())
        return original()

    app.openapi = openapi  # type: ignore[method-assign]


def _complete(document: dict[str, Any]) -> None:
    components = document.setdefault("components", {})
    own = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    components.setdefault("schemas", {}).update({**own.pop("$defs", {}), "Problem": own})
    components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer", "description": "An API key"}}
    document["security"] = [{}, {"key": []}]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _complete_operation(path, method, operation["responses"])


def _complete_operation(path: str, method: str, responses: dict[str, Any]) -> None:
    if path.startswith("/health/"):
        return
    for status, response in documented(*ANYWHERE).items():
        responses.setdefault(str(status), response)
    if method == "post":
        responses.setdefault("400", documented(400)[400])
    if method == "get" and path.startswith("/v1"):
        responses.setdefault("304", UNCHANGED)
