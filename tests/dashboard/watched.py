"""An open page under observation: what it logged, whom it asked, what it received. Screenshots to be looked at."""

import re
import time
import zlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from PIL import Image

SCREENSHOTS = Path("build") / "screenshots"
GZIP = re.compile(rb"\x1f\x8b\x08\x00\x00\x00\x00\x00")
"""How a stream begins that carries neither name nor time."""
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
LAND = {"light": (0xF8, 0xF5, 0xEC), "dark": (0x2A, 0x37, 0x46)}
"""As in assets/world.js."""


@dataclass
class Watched:
    """An open page and what it did behind our back."""

    page: Any
    complaints: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)
    sent: list[str] = field(default_factory=list)
    """Addresses and headers of requests, and every WebSocket frame as text, unpacked too."""
    loaded: set[str] = field(default_factory=set)
    """Addresses of what was loaded over HTTP."""
    received: list[int] = field(default_factory=list)
    """Bytes of every WebSocket frame."""

    def __post_init__(self) -> None:
        self.page.on(
            "console", lambda message: self.complaints.append(message.text) if message.type == "error" else None
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self._asked(request.url, str(request.headers)))
        self.page.on("websocket", self._listen)

    def everything(self) -> str:
        """All that the browser sent or received, to search in."""
        return "\n".join(self.sent)

    def _asked(self, url: str, headers: str = "") -> None:
        self.sent.append(url + headers)
        if urlsplit(url).scheme == "http":
            self.loaded.add(url)
        if urlsplit(url).scheme not in ("data", "blob", "about"):
            self.hosts.add(urlsplit(url).netloc)

    def _listen(self, wire: Any) -> None:
        self._asked(wire.url)
        wire.on("framereceived", self._take)

    def _take(self, payload: bytes | str) -> None:
        self.received.append(len(payload))
        self.sent += [payload] if isinstance(payload, str) else readable(payload)


def readable(payload: bytes) -> list[str]:
    """The payload as text, and every gzip stream in it unpacked."""
    starts = [match.start() for match in re.finditer(GZIP, payload)]
    unpacked = [zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(payload[start:]) for start in starts]
    return [part.decode("latin-1") for part in (payload, *unpacked)]


def open_page(browser: Any, contexts: list[Any], address: str, size: str = "desktop", scheme: str = "light") -> Watched:
    """A page in a browser session of its own; its context goes to `contexts`."""
    width, height = SIZES[size]
    contexts.append(browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme))
    watched = Watched(contexts[-1].new_page())
    watched.page.goto(address)
    return watched


def photograph(page: Any, name: str) -> None:
    """Writes a screenshot of what can be seen."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def colours_of(page: Any, name: str) -> Counter[tuple[int, int, int]]:
    """The share of each colour on the map's canvas."""
    photograph(page, name)
    page.locator(".quake canvas").screenshot(path=SCREENSHOTS / f"{name}-canvas.png")
    with Image.open(SCREENSHOTS / f"{name}-canvas.png") as image:
        counts = image.convert("RGB").getcolors(maxcolors=2**24) or []
        return Counter({colour: count / (image.width * image.height) for count, colour in counts})


def rgb(colour: str) -> tuple[int, ...]:
    """`#rrggbb` as three numbers."""
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def changed(canvas: Any, before: bytes) -> bytes:
    """The canvas once it differs from `before`."""
    until = time.monotonic() + 5
    while (now := canvas.screenshot()) == before:
        assert time.monotonic() < until, "the map did not move"
    return now
