"""Can each Terraform test fail? Breaks the configuration on purpose and lists assertions that notice nothing.

`python -m benchmarks.terraform_breaks` needs the offline check of `benchmarks.terraform_check`. The breaks stand in
the text file beside this one: TEST FILE | FILE | WHAT STANDS THERE | WHAT IS PUT THERE. All
breaks of one test file are made at once, unless a line of dashes begins another round.
"""

import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.terraform_check import CHECK, ROOT, run_check

TERRAFORM = ROOT / "terraform"
BREAKS = Path(__file__).with_suffix(".txt")
RUN = re.compile(r'^run "(\w+)" \{(.*?)^\}', re.MULTILINE | re.DOTALL)
MESSAGE = re.compile(r'error_message = "((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class Break:
    """One mistake: in `file`, `new` where `old` stood first; `old` of `*` lets every variable through."""

    file: str
    old: str
    new: str

    def make(self, folder: Path) -> None:
        """Makes it under `folder`. Raises ValueError where `old` does not stand."""
        file = folder / self.file
        text = file.read_text("utf-8")
        changed = _anything_goes(text) if self.old == "*" else text.replace(self.old, self.new, 1)
        if changed == text:
            raise ValueError(f"{self.file} has no {self.old!r}")
        file.write_text(changed, "utf-8")


def _anything_goes(text: str) -> str:
    """Variables whose validations hold always; Terraform wants each to name its variable."""
    return re.sub(
        r'^variable "(\w+)" \{.*?^\}',
        lambda found: re.sub(r"(\n\s+condition\s+= ).*", rf"\1can(var.{found[1]})", found[0]),
        text,
        flags=re.MULTILINE | re.DOTALL,
    )


def rounds(text: str) -> Iterator[tuple[str, list[Break]]]:
    """Test file and the breaks to make at once."""
    for part in text.split("----\n"):
        found: dict[str, list[Break]] = {}
        for line in filter(None, part.splitlines()):
            test, file, old, new = (cell.strip().replace("\\n", "\n") for cell in line.split(" | "))
            found.setdefault(test, []).append(Break(file, old, new))
        yield from found.items()


def unnoticed(test: str, output: str) -> set[str]:
    """Assertions and refusals of `test`, as `run: what it says`, that `output` does not show to have failed."""
    said = " ".join(output.replace("│", " ").split())
    left = set()
    for run, body in RUN.findall((TERRAFORM / f"tests/{test}.tftest.hcl").read_text("utf-8")):
        failed = f'run "{run}"... fail' in said
        messages = MESSAGE.findall(body) or ["is refused"]
        left |= {
            f"{test}/{run}: {text}" for text in messages if not (failed and (text in said or text == "is refused"))
        }
    return left


def broken(test: str, breaks: Sequence[Break]) -> set[str]:
    """What notices nothing when the breaks are made."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "terraform"
        shutil.copytree(TERRAFORM, copy, ignore=shutil.ignore_patterns("tests", ".terraform*"))
        (copy / "tests").mkdir()
        for name, text in _files(test):
            (copy / f"tests/{name}.tftest.hcl").write_text(text, "utf-8")
        for item in breaks:
            item.make(copy)
        return unnoticed(test, run_check(copy)[1])


def _files(test: str) -> Iterator[tuple[str, str]]:
    """The test file, but with each refusal in a file of its own: one that is not refused ends its file."""
    text = (TERRAFORM / f"tests/{test}.tftest.hcl").read_text("utf-8")
    head = text[: text.index("\nrun ")]
    for found in list(RUN.finditer(text)):
        if "expect_failures" in found[0]:
            text = text.replace(found[0], "")
            yield f"{test}_{found[1]}", f"{head}\n{found[0]}\n"
    yield test, text


def main() -> int:
    """Prints the assertions that no break makes fail; the exit status is how many."""
    if not CHECK.exists():
        print("skipped: the offline Terraform check is not on this machine")
        return 0
    given = list(rounds(BREAKS.read_text("utf-8")))
    left: dict[str, set[str]] = {}
    for test, breaks in given:
        silent = broken(test, breaks)
        left[test] = left.get(test, silent) & silent
    everywhere = sorted(set().union(*left.values()))
    print(*everywhere, sep="\n")
    print(f"{sum(len(breaks) for _, breaks in given)} breaks; {len(everywhere)} assertions notice nothing")
    return len(everywhere)


if __name__ == "__main__":
    sys.exit(main())
