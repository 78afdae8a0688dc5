"""What requests need, made once by `create_app` and handed in by FastAPI."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from quake.adapters.bus import Bus
from quake.adapters.storage import Storage
from quake.adapters.warehouse import Warehouse
from quake.settings import Settings
from serving.forecaster import Forecaster
from serving.guard import Guard
from serving.heartbeat import Heartbeat
from serving.hub import Hub
from serving.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Services:
    """The open adapters and the long-lived parts of one API process."""

    settings: Settings
    bus: Bus
    warehouse: Warehouse
    storage: Storage
    guard: Guard
    hub: Hub
    heartbeat: Heartbeat
    forecaster: Forecaster
    metrics: Metrics
    clock: Callable[[], datetime]


def _services(connection: HTTPConnection) -> Services:
    return connection.app.state.services


Given = Annotated[Services, Depends(_services)]
"""A parameter of this type receives the services."""
