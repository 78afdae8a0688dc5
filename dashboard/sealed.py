"""A page from elsewhere inside ours, sealed: its scripts may draw, and reach no network, cookie or parent."""

from typing import Any

import streamlit as st

POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data: blob:; "
    "font-src data:; form-action 'none'; base-uri 'none'"
)
SCRIPT = """export default function ({ data, parentElement }) {
  const frame = parentElement.querySelector("iframe") ?? document.createElement("iframe");
  if (frame.dataset.name === data.name) return;
  frame.dataset.name = data.name;
  frame.setAttribute("sandbox", "allow-scripts");
  frame.setAttribute("referrerpolicy", "no-referrer");
  frame.title = data.title;
  Object.assign(frame.style, { width: "100%", height: `${data.height}px`, border: "0", borderRadius: "0.6rem", background: "#fff" });
  frame.srcdoc = data.html;
  parentElement.append(frame);
}"""


def sealed(name: str, title: str, html: str, height: int = 900) -> None:
    """Shows `html` in a frame without an origin. `name` tells one page from another."""
    _frame()(key="sealed", data={"name": name, "title": title, "html": with_policy(html), "height": height})


def with_policy(html: str) -> str:
    """The page with our policy as the first thing in its head."""
    policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    head, tag, rest = html.partition("<head>")
    return f"{head}{tag}{policy}{rest}" if tag else policy + html


@st.cache_resource
def _frame() -> Any:
    return st.components.v2.component("sealed_page", js=SCRIPT)
