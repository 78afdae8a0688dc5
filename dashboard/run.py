"""How the map is started: `quake up` and the image run this command."""

import sys
from pathlib import Path

from quake.settings import Settings

OPTIONS = {
    "server.headless": "true",
    "server.address": "127.0.0.1",
    "server.fileWatcherType": "none",
    "server.enableWebsocketCompression": "true",
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "theme.light.primaryColor": "#0b5cad",
    "theme.dark.primaryColor": "#7cb7ff",
    "theme.dark.backgroundColor": "#10161e",
    "theme.dark.secondaryBackgroundColor": "#1b2530",
}


def command(settings: Settings) -> list[str]:
    """The arguments that start the map on loopback; its environment needs `environment(settings)` besides."""
    options = OPTIONS | {"server.port": str(settings.dashboard_port)}
    flags = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "streamlit", "run", str(Path(__file__).with_name("app.py")), *flags]


def environment(settings: Settings) -> dict[str, str]:
    """What the map reads from its environment: where the API is."""
    return {"QUAKE_API_URL": settings.api_url}
