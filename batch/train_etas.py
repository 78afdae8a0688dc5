"""Fits the space-time model and writes it as a parameter file with its provenance."""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from quake.etas_fit import ROUNDS, fit
from quake.etas_parameters import START, EtasParameters

BURN_IN = 0.1
"""Share of the training span that only gives history: its own past is not in the catalogue."""


def fitted(
    reports: NDArray[np.float64], mc: float, area_km2: float, train_end: float, seed: int = 1
) -> tuple[EtasParameters, dict[str, Any]]:
    """The model fitted to what lies before `train_end` (days), with a progress bar; and where it comes from."""
    known = reports[reports[:, 0] < train_end]
    if len(known) < 2:
        raise ValueError(f"no earthquakes before the end of training; the catalogue has {len(reports)}")
    span = (float(known[0, 0] + BURN_IN * (train_end - known[0, 0])), train_end)
    start = replace(START, mc=mc, area_km2=area_km2, mu=max(1e-6, 0.2 * len(known) / (train_end - known[0, 0])))
    begun = time.process_time()
    with tqdm(total=2 * len(ROUNDS) + 1, desc="fit", unit="step") as progress:
        parameters = fit(start, known, span, np.random.default_rng(seed), progress=_teller(progress))
    digest = hashlib.sha256(np.ascontiguousarray(known).tobytes()).hexdigest()
    provenance = {"events": len(known), "span_days": span, "seed": seed, "catalogue_sha256": digest}
    return parameters, provenance | {"fit_cpu_s": round(time.process_time() - begun, 1)}


def _teller(progress: tqdm) -> Callable[[str], None]:
    def tell(step: str) -> None:
        progress.set_postfix_str(step)
        progress.update()

    return tell


def write_parameters(path: Path, parameters: EtasParameters, provenance: dict[str, Any]) -> None:
    """One region's model as JSON: `parameters` and `provenance`."""
    record = {"parameters": parameters.as_record(), "provenance": provenance}
    path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def read_parameters(path: Path) -> tuple[EtasParameters, dict[str, Any]]:
    """What `write_parameters` wrote."""
    record = json.loads(path.read_text(encoding="utf-8"))
    return EtasParameters.from_record(record["parameters"]), record["provenance"]
