"""The message of topic `retrain`: somebody, or a drift alarm, asks for a new model; the gate decides on it later."""

import json
from dataclasses import asdict, dataclass, fields
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrainRequest:
    """One wish for a new model."""

    reason: str
    """What was seen, in a few words."""
    requested_at: datetime
    requested_by: str
    """The flow, alarm or person that asks."""

    def __post_init__(self) -> None:
        if self.requested_at.tzinfo is None:
            raise ValueError(f"requested_at must be an aware UTC datetime, got {self.requested_at!r}")


def encode(request: RetrainRequest) -> bytes:
    """The request as UTF-8 JSON, its time in ISO 8601."""
    return json.dumps(asdict(request) | {"requested_at": request.requested_at.isoformat()}).encode()


def decode(payload: bytes) -> RetrainRequest:
    """The request that `encode` wrote. Raises ValueError with the reason when it is anything else."""
    names = sorted(field.name for field in fields(RetrainRequest))
    try:
        content = json.loads(payload)
    except ValueError as error:
        raise ValueError(f"not JSON: {error}") from error
    if (
        not isinstance(content, dict)
        or sorted(content) != names
        or not all(isinstance(v, str) for v in content.values())
    ):
        raise ValueError(f"a retrain request has exactly the texts {', '.join(names)}")
    return RetrainRequest(**content | {"requested_at": datetime.fromisoformat(content["requested_at"])})
