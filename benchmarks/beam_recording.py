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
    """A step that does nothing but say again what the real one said."""

    def __init__(self, key: str, _beginning: Beginning) -> None:
        self.outputs: Iterator[Output] = iter(PUT_OUT[key])

    def take(self, _payload: bytes) -> Output:
        """The next output."""
        return next(self.outputs)


def recording(kind: Callable[[str, Beginning], Step]) -> Callable[[str, Beginning], Recording]:
    """The step's kind, watched."""
    return lambda key, beginning: Recording(kind, key, beginning)
