"""A step's state between bundles: whatever is lost, repeated or late, the same outputs and no other."""

import json
from random import Random

import pytest

from streaming import journal
from streaming.journal import Cells, Journal, Kept
from streaming.records import Output, Row


class Sum:
    """Adds up numbers and says the sum after each."""

    def __init__(self, key):
        self.total = 0
        self.key = key

    def take(self, payload):
        self.total += int(payload)
        return Output([Row(self.key, str(self.total).encode())])

    def dump(self):
        return json.dumps(self.total).encode()

    def load(self, dumped):
        self.total = json.loads(dumped)


class Stored:
    """A cell or a bag whose changes become real at `commit`, as those of a bundle do."""

    def __init__(self, empty):
        self.kept = self.value = empty

    def read(self):
        return self.value

    def write(self, value):
        self.value = value

    def add(self, value):
        self.value = [*self.value, value]

    def clear(self):
        self.value = []

    def commit(self):
        self.kept = self.value

    def roll_back(self):
        self.value = self.kept


def fresh_cells() -> Cells:
    return Cells(Stored(None), Stored(None), Stored([]))


def each(cells: Cells) -> list[Stored]:
    return [cells.token, cells.dump, cells.since]


def texts(outputs) -> list[int]:
    return [int(output.rows[0].record) for output in outputs]


@pytest.fixture(params=[0, 30, 10_000])
def least_bytes(request, monkeypatch):
    """Dumps after every payload, now and then, never."""
    monkeypatch.setattr(journal, "LEAST_BYTES", request.param)


@pytest.mark.parametrize("seed", range(20))
def test_failed_bundles_moves_and_late_numbers_change_nothing(least_bytes, seed):
    rng = Random(seed)
    cells, workers, told = fresh_cells(), [Journal(Sum), Journal(Sum)], []
    arriving = [(number, str(number % 7).encode()) for number in range(1, 60)]
    for start in range(0, len(arriving), 10):
        arriving[start : start + 10] = rng.sample(arriving[start : start + 10], len(arriving[start : start + 10]))
    while arriving:
        bundle = arriving[: rng.randint(1, 5)]
        worker = rng.choice(workers)
        outputs = [output for number, payload in bundle for output in worker.take("key", number, payload, cells)]
        if rng.random() < 0.4:
            for cell in each(cells):
                cell.roll_back()
            arriving[: len(bundle)] = rng.sample(bundle, len(bundle))
            continue
        for cell in each(cells):
            cell.commit()
        told += texts(outputs)
        del arriving[: len(bundle)]
        workers = [Journal(Sum) if rng.random() < 0.2 else worker for worker in workers]
    assert told == [sum(number % 7 for number in range(1, last + 1)) for last in range(1, 60)]


def test_payloads_without_a_number_are_taken_as_they_come(least_bytes):
    cells = fresh_cells()
    assert [texts(Journal(Sum).take("key", 0, str(n).encode(), cells)) for n in (5, 1, 2)] == [[5], [6], [8]]


def test_a_number_that_comes_again_is_taken_once():
    kept = Kept(Sum("key"))
    assert texts(kept.take(2, b"20")) == []
    assert texts(kept.take(1, b"1")) == [1, 21]
    assert kept.take(1, b"1") == kept.take(2, b"20") == []


def test_what_a_step_fails_on_leaves_no_trace():
    cells, worker = fresh_cells(), Journal(Sum)
    worker.take("key", 0, b"1", cells)
    with pytest.raises(ValueError):
        worker.take("key", 0, b"poison", cells)
    assert texts(worker.take("key", 0, b"2", cells)) == [3]
