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
    "runner.magicEnabled": "false",
    # Else every refresh of every viewer walks all objects of the process, some 0.1 s; Python collects by itself.
    "runner.postScriptGC": "false",
    # Streamlit's browser forgets large messages that its server still refers to when fragments rerun quickly
    # ("Cached ForwardMsg MISS", 1.67): none is cached, and the pages send large ones once (see wish.py).
    "global.minCachedMessageSize": "1000000000",
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "theme.baseRadius": "0.6rem",
    "theme.showWidgetBorder": "true",
    "theme.light.primaryColor": "#0b5cad",
    "theme.light.backgroundColor": "#ffffff",
    "theme.light.secondaryBackgroundColor": "#eef2f6",
    "theme.light.textColor": "#18212b",
    "theme.light.borderColor": "#d9e0e8",
    "theme.dark.primaryColor": "#7cb7ff",
    "theme.dark.backgroundColor": "#0f151d",
    "theme.dark.secondaryBackgroundColor": "#1a2430",
    "theme.dark.textColor": "#e6ebf1",
    "theme.dark.borderColor": "#2b3846",
}


def command(settings: Settings) -> list[str]:
    """The arguments that start the map on loopback; its environment needs `environment(settings)` besides."""
    options = OPTIONS | {"server.port": str(settings.dashboard_port)}
    flags = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "streamlit", "run", str(Path(__file__).with_name("app.py")), *flags]


def environment(settings: Settings) -> dict[str, str]:
    """What the map reads from its environment: where the API is."""
    return {"QUAKE_API_URL": settings.api_url}
