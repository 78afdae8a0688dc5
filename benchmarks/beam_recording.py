"""Steps that note what the real ones put out, and steps that only repeat it: what a pipeline costs without its engine.

In a module of its own, so that Beam's workers in this process share the notes.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator

from streaming.records import Output
from streaming.steps import Beginning, Step

PUT_OUT: dict[str, list[Output]] = defaultdict(list)
"""Key -> what its step put out, in order."""


class Recording:
    """A step that is watched."""

    def __init__(self, kind: Callable[[str, Beginning], Step], key: str, beginning: Beginning) -> None:
        self.step, self.key = kind(key, beginning), key

    def take(self, payload: bytes) -> Output:
        """As the step; the output is noted."""
        output = self.step.take(payload)
        PUT_OUT[self.key].append(output)
        return output


class Repeating:
    """A step that begins as the real one does, and then does nothing but say again what that said."""

    def __init__(self, kind: Callable[[str, Beginning], Step], key: str, beginning: Beginning) -> None:
        kind(key, beginning)
        self.outputs: Iterator[Output] = iter(PUT_OUT[key])

    def take(self, _payload: bytes) -> Output:
        """The next output."""
        return next(self.outputs)


def recording(kind: Callable[[str, Beginning], Step]) -> Callable[[str, Beginning], Recording]:
    """The step's kind, watched."""
    return lambda key, beginning: Recording(kind, key, beginning)


def repeating(kind: Callable[[str, Beginning], Step]) -> Callable[[str, Beginning], Repeating]:
    """In place of the step's kind, what it has said."""
    return lambda key, beginning: Repeating(kind, key, beginning)
