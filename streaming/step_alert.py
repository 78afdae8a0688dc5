"""The last step, one for the world: assessments of all regions' shares, alert chains and the order of their log."""

import json
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alerts.chain import Chain, chain_from_record, to_record
from alerts.drill import alert_on_drill
from alerts.rules import forecast_level
from alerts.sequencer import Sequencer
from quake.event import Tick
from quake.grid import issued
from quake.live import summed
from quake.regions import COUNT
from quake.risk import assess
from quake.schema import EXPECTED_SHAPE, Alert, Forecast
from streaming.drift import Watch
from streaming.engine import alert_by_time, cells_of, alert_on, forget_chains, open_chains
from streaming.records import Change, Decided, Output, as_row, from_bytes, to_bytes
from streaming.step_region import dead_letter
from streaming.steps import Beginning


class AlertStep:
    """Key `alerts`: every chain, because a larger earthquake's alert covers others', and the log's one order."""

    def __init__(self, _key: str, beginning: Beginning) -> None:
        state = beginning.state
        self.chains: dict[str, Chain] = dict(state.chains)
        self.sequencer = Sequencer(state.sequencer.epoch, state.sequencer.last_seq)
        self.day = state.day
        self.rules = beginning.setting.rules
        self.watch = Watch.from_state(state.watch.to_state(), COUNT)
        self.beginning = beginning
        self.shares: list[tuple[float, ...] | None] = []

    def take(self, payload: bytes) -> Output:
        """A `Decided`. An exception stops the log: a gap in it would be worse."""
        decided = from_bytes(Decided, payload)
        if decided.tick is not None:
            drifting = self.watch.tick(decided.tick.at, decided.processed_sequence)
            return self._output([*self._tick(decided.tick), *drifting], decided.tick.at)
        if decided.drill is not None:
            alert = alert_on_drill(decided.drill, self.chains, self.sequencer)
            return Output([] if alert is None else [as_row(alert)])
        self.shares.append(decided.share)
        if decided.change is None:
            return Output()
        shares, self.shares = self.shares, []
        if decided.change.issue is not None:
            return Output([as_row(row) for row in self._grid(decided.change, shares)])
        return Output() if None in shares else self._decide(decided.change, shares)

    def dump(self) -> bytes:
        """JSON."""
        chains = [to_record(chain) for chain in self.chains.values()]
        log = self.sequencer.epoch, self.sequencer.last_seq
        record = {"chains": chains, "log": log, "day": self.day, "shares": self.shares, "watch": self.watch.to_state()}
        return json.dumps(record).encode()

    def load(self, dumped: bytes) -> None:
        """From JSON."""
        state = json.loads(dumped)
        self.chains = {record["quake_id"]: chain_from_record(record) for record in state["chains"]}
        self.sequencer, self.day = Sequencer(*state["log"]), state["day"]
        self.watch = Watch.from_state(state["watch"], COUNT)
        self.shares = [share if share is None else tuple(share) for share in state["shares"]]

    def _grid(self, change: Change, shares: list[tuple[float, ...]]) -> list[Forecast]:
        """The grid's rows: of each cell the shares of its regions, in order."""
        setting = self.beginning.under(change.model_version)
        of_cell: dict[str, list[NDArray]] = {cell.cell: [] for cell in setting.cells}
        for region, share in zip(change.numbers, shares):
            counts = np.array(share).reshape((-1, *EXPECTED_SHAPE))
            for cell, count in zip(cells_of(setting)[region], counts):
                of_cell[cell.cell].append(count)
        return issued(setting.model, setting.cells, lambda cell: summed(of_cell[cell.cell]), change.issue)

    def _decide(self, change: Change, shares: list[tuple[float, ...]]) -> Output:
        expected = summed([np.array(share).reshape(EXPECTED_SHAPE) for share in shares])
        model = self.beginning.under(change.model_version).model
        try:
            row = assess(change.resolution, expected, model, change.impact, change.circumstances, forecast_level)
        except Exception as error:  # pylint: disable=broad-exception-caught  # dead letter, payload kept
            return Output([as_row(dead_letter("assess", to_bytes(change), error, change.circumstances.at))])
        alert = alert_on(row, self.chains, self.sequencer, self.rules)
        return self._output([row, *self.watch.update(row), *([alert] if alert is not None else [])], row.assessed_at)

    def _tick(self, tick: Tick) -> list[Alert]:
        told = [
            alert_by_time(quake_id, tick.at, tick.sequence, self.chains, self.sequencer, self.rules)
            for quake_id in open_chains(self.chains)
        ]
        return [alert for alert in told if alert is not None]

    def _output(self, rows: list[Any], at: datetime) -> Output:
        day = at.date().isoformat()
        if day > self.day:
            self.day = day
            forget_chains(self.chains, at)
        return Output([as_row(row) for row in rows])
