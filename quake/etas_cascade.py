"""The mean of the branching process: what a region expects in the parts of a horizon, cascades included.

dS_k/dt = -b_k S_k + q rate, rate = mu + sum w_k b_k S_k (Hawkes, 1971, Biometrika 58, 83-90,
doi:10.1093/biomet/58.1.83), q the mean productivity of the earthquakes to come. In z_k = sqrt(w_k b_k) S_k the system
is symmetric: z' = (q d d^T - diag(b)) z + q mu d with d_k = sqrt(w_k b_k). Each of its modes fades, or grows, alone.
"""

# pylint: disable=too-many-locals,consider-using-enumerate,too-many-positional-arguments  # inner loops for numba: plain loops over plain numbers

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from quake.etas_compiled import compiled, inlined
from quake.etas_parameters import TIME_SCALES

STILL = 1e-3
"""A mode that changes by less than this share in a part is taken by its series."""


GROWTH, GAIN, FED, VECTORS = 0, 1, 2, 3
"""Rows of `modes`: growth a day; what one of each mode adds to the rate, events a day; what one event of mu adds to it;
then the vectors of z, in columns."""


@lru_cache(16384)
def modes(weights: tuple[float, ...], productivity: float) -> NDArray[np.float64]:
    """The modes for one mean productivity of a region of those `EtasParameters.weights`, shape (13, 10)."""
    fading = 1 / np.array(TIME_SCALES)
    step = np.sqrt(np.array(weights) * fading)
    growth, vectors = np.linalg.eigh(productivity * np.outer(step, step) - np.diag(fading))
    gain = step @ vectors
    return np.vstack([growth, gain, productivity * gain, vectors])


@compiled
def counts_to_come(
    rate_sums: NDArray[np.float64],
    time_weights: NDArray[np.float64],
    mu: float,
    lengths: NDArray[np.float64],
    modes_of_parts: tuple[NDArray[np.float64], ...],
) -> NDArray[np.float64]:
    """Earthquakes that a region expects in successive parts of so many days, shape (parts,).

    `rate_sums`: S_k now; `time_weights`: `Kernel.time_weights`; each part has the modes of its own productivity.
    """
    size, counts = len(rate_sums), mu * lengths
    state, amplitude = np.sqrt(time_weights) * rate_sums, np.empty(size)
    for part in range(len(lengths)):
        now, days = modes_of_parts[part], lengths[part]
        for mode in range(size):
            amplitude[mode] = 0.0
            for scale in range(size):
                amplitude[mode] += now[VECTORS + scale, mode] * state[scale]
            growth, fed = now[GROWTH, mode] * days, now[FED, mode] * mu * days
            once, twice = _integrals(growth)
            counts[part] += now[GAIN, mode] * days * (amplitude[mode] * once + fed * twice)
            amplitude[mode] = amplitude[mode] * np.exp(growth) + fed * once
        for scale in range(size):
            state[scale] = 0.0
            for mode in range(size):
                state[scale] += now[VECTORS + scale, mode] * amplitude[mode]
    return counts


@compiled
def counts_known(
    rate_sums: NDArray[np.float64],
    time_weights: NDArray[np.float64],
    time_rates: NDArray[np.float64],
    mu: float,
    lengths: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Of `counts_to_come` the background and what was reported triggers, none that those to come trigger."""
    counts, left = mu * lengths, time_weights / time_rates * rate_sums
    for part in range(len(lengths)):
        for scale in range(len(left)):
            later = left[scale] * np.exp(-time_rates[scale] * lengths[part])
            counts[part] += left[scale] - later
            left[scale] = later
    return counts


@inlined
def _integrals(growth: float) -> tuple[float, float]:
    """Integrals of e^(growth t) and of (e^(growth t) - 1) / growth for t from 0 to 1."""
    if abs(growth) < STILL:
        return 1 + growth / 2 + growth * growth / 6, 0.5 + growth / 6 + growth * growth / 24
    once = np.expm1(growth) / growth
    return once, (once - 1) / growth
