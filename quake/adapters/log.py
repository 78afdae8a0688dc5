"""How every process logs: events with fields, as text that names the process, or as JSON lines for a collector."""

import logging
import sys
from typing import Any

import structlog


def configure(process: str, as_json: bool = False, level: int = logging.INFO) -> None:
    """Sets structlog up once for this process; `process` stands on every line. Lines go to standard error."""
    text = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            _name(process),
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info if as_json else _as_it_is,
            structlog.processors.JSONRenderer() if as_json else text,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def _name(process: str) -> structlog.types.Processor:
    def add(_logger: Any, _method: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
        return event | {"process": process}

    return add


def _as_it_is(_logger: Any, _method: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    return event
