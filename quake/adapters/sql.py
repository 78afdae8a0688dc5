"""The named answers of `quake/sql`, in BigQuery's dialect: what the code asks, analysts can ask too."""

from functools import cache
from importlib.resources import files

FOLDER = files("quake") / "sql"


def names() -> list[str]:
    """Every named answer, sorted."""
    return sorted(file.name.removesuffix(".sql") for file in FOLDER.iterdir() if file.name.endswith(".sql"))


@cache
def answer(name: str) -> str:
    """The BigQuery SQL of the answer `name`. Raises ValueError naming those there are."""
    if name not in names():
        raise ValueError(f"no answer {name!r}; known: {', '.join(names())}")
    return (FOLDER / f"{name}.sql").read_text(encoding="utf-8")


def meaning(name: str) -> str:
    """What a row of the answer is: its first comment line."""
    return answer(name).partition("\n")[0].removeprefix("--").strip()
