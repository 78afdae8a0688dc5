"""The application: adapters opened, routes mounted, the hub started and stopped with it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware


from quake.adapters.bus import Bus, open_bus
from quake.adapters.storage import open_storage
from quake.adapters.topics import own_subscription
from quake.adapters.warehouse import Warehouse, open_warehouse
from quake.settings import Settings
from serving.config import REFRESH_S, VERSION, allowed_origins
from serving.heartbeat import Heartbeat
from serving.forecaster import Forecaster
from serving.guard import Guard
from serving.hub import Hub
from serving.limits import Limits
from serving.measured import Measured
from serving.metrics import Metrics
from serving.openapi import complete_openapi, description
from serving.problems import install_problems
from serving.readiness import warm
from serving.repeat import repeat
from serving.routers import (
    alerts,
    analysis,
    assess,
    assessments,
    events,
    evidence,
    fdsn,
    feeds,
    forecast,
    health,
    impact,
    magnitude,
    model,
    service,
    stream,
    tickets,
)
from serving.services import Services
from serving.trace import Faults, Traced

ROUTERS = (
    service,
    model,
    events,
    assessments,
    assess,
    forecast,
    magnitude,
    impact,
    analysis,
    evidence,
    stream,
    feeds,
    alerts,
    tickets,
    fdsn,
    health,
)
"""`stream` and `feeds` before `alerts`: else `stream` and `atom` would be read as an alert's id."""


def create_app(settings: Settings, bus: Bus | None = None, warehouse: Warehouse | None = None) -> FastAPI:
    """The API over the given adapters, or over those the settings name, which it then closes at its end."""
    services = _services(settings, bus or open_bus(settings.bus), warehouse or open_warehouse(settings.warehouse))
    app = FastAPI(
        title="Quakestream", version=VERSION, description=description(), lifespan=_lifespan, redirect_slashes=False
    )
    app.state.services, app.state.owned = services, [None if bus else services.bus]
    app.state.owned.append(None if warehouse else services.warehouse)
    app.add_middleware(Faults)
    app.add_middleware(Limits, guard=services.guard, metrics=services.metrics, clock=services.clock)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=allowed_origins(settings),
        allow_methods=["GET", "HEAD", "OPTIONS", "POST"],
        allow_headers=["Authorization", "Content-Type", "If-None-Match", "Last-Event-ID", "traceparent"],
        expose_headers=["ETag", "Retry-After", "traceparent"],
    )
    app.add_middleware(Measured, metrics=services.metrics)
    app.add_middleware(Traced)
    install_problems(app)
    for module in ROUTERS:
        app.include_router(module.router)
    complete_openapi(app)
    return app


def _services(settings: Settings, bus: Bus, warehouse: Warehouse) -> Services:
    metrics, storage, guard = Metrics(), open_storage(settings.storage), Guard(settings)
    guard.refresh(storage)
    here = settings.api_host, settings.api_port, settings.bus
    hub = Hub(bus, warehouse, own_subscription("hub", *here), metrics)
    heartbeat = Heartbeat(bus, own_subscription("heartbeat", *here))
    forecaster = Forecaster(settings, storage, warehouse, heartbeat, _clock)
    return Services(settings, bus, warehouse, storage, guard, hub, heartbeat, forecaster, metrics, _clock)


def _clock() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    services: Services = app.state.services
    warming = asyncio.to_thread(warm, services)  # the first question fills the warehouse's mirror
    keys = repeat("keys", lambda: services.guard.refresh(services.storage), REFRESH_S)
    state = repeat("forecast state", services.forecaster.refresh, REFRESH_S)
    jobs = (services.hub.run(), services.heartbeat.run(), warming, keys, state)
    tasks = [asyncio.create_task(job) for job in jobs]
    yield
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    await asyncio.get_running_loop().shutdown_default_executor()  # no question may outlive the adapters
    for adapter in app.state.owned:
        if adapter is not None:
            adapter.close()
