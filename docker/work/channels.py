"""Hands one exercise to a listener on this machine, over a real socket, as `quake subscribe test` does."""

import asyncio
import json
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

from alerts.subscriptions import add_subscription
from alerts.trial import try_subscription
from quake.adapters.storage import open_storage
from quake.settings import Settings

HEARD: list[dict[str, object]] = []


class Listener(BaseHTTPRequestHandler):
    """Takes whatever it is sent."""

    def do_POST(self) -> None:  # pylint: disable=invalid-name  # the standard library's name
        """Keeps the message and says thanks."""
        HEARD.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()


def deliver() -> None:
    """Raises AssertionError when nothing came."""
    server = HTTPServer(("127.0.0.1", 0), Listener)
    Thread(target=server.serve_forever, daemon=True).start()
    settings = Settings(webhook_http=True, webhook_networks=("127.0.0.0/8",))
    address = f"http://127.0.0.1:{server.server_port}/"
    made = add_subscription(open_storage(settings.storage), "webhook", address, {}, datetime.now(UTC))
    asyncio.run(try_subscription(settings, made.id, datetime.now(UTC)))
    server.shutdown()
    assert HEARD, "nothing was delivered"


if __name__ == "__main__":
    deliver()
    print("delivered", len(HEARD))
