"""The exact space-time ETAS in its published parameterisation: slow, simple, what our model is held against."""

# pylint: disable=too-many-locals,consider-using-enumerate  # inner loops for numba: plain loops over plain numbers

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quake.etas_compiled import compiled


@dataclass(frozen=True, slots=True)
class PublishedEtas:
    """Parameters of Mizrahi, Nandan and Wiemer (2021), Seismol. Res. Lett. 92, 2333-2342, doi:10.1785/0220200231.

    lambda = mu + sum_j k0 e^(a (m - mc)) (dt + c)^-(1 + omega) e^(-dt / tau) / (r^2 + d e^(gamma (m - mc)))^(1 + rho),
    in events >= mc a day and km2.
    """

    mc: float
    area_km2: float
    mu: float
    k0: float
    a: float
    c: float
    omega: float
    tau: float
    d: float
    gamma: float
    rho: float

    @classmethod
    def from_published(cls, record: Mapping) -> "PublishedEtas":
        """The parameters from the JSON file that the package `etas` writes."""
        final = record["final_parameters"]
        logs = {name: 10 ** final[f"log10_{name}"] for name in ("mu", "k0", "c", "tau", "d")}
        plain = {name: final[name] for name in ("a", "omega", "gamma", "rho")}
        return cls(mc=record["m_ref"], area_km2=record["area"], **logs, **plain)


def exact_scores(model: PublishedEtas, reports: NDArray[np.float64], first: int) -> NDArray[np.float64]:
    """Rate, its integral since the event before, and log density of the place, of each event from number `first` on.

    `reports`: rows of days, x, y in km, magnitude in order, shape (n, 4); the answer has shape (n - first, 3). Kernels
    are normalised over the whole plane. Every earlier event counts: n (n - 1) / 2 terms.
    """
    values = (model.mc, model.area_km2, model.mu, model.k0, model.a, model.c)
    rest = (model.omega, model.tau, model.d, model.gamma, model.rho)
    return _scores(np.ascontiguousarray(reports, float), first, np.array(values + rest))


@compiled
def _scores(reports: NDArray[np.float64], first: int, model: NDArray[np.float64]) -> NDArray[np.float64]:
    strength, spread = _sources(reports, model)
    scores = np.empty((len(reports) - first, 3))
    nodes, shares = _gauss_legendre()
    for row in range(first, len(reports)):
        rate, intensity = model[1] * model[2], model[2]
        wait = reports[row, 0] - reports[row - 1, 0]
        integral = rate * wait
        for j in range(row):
            age = reports[row, 0] - reports[j, 0]
            if age <= 0:
                continue
            decay = strength[j] * _decay(age, model)
            squared = (reports[row, 1] - reports[j, 1]) ** 2 + (reports[row, 2] - reports[j, 2]) ** 2
            rate += decay
            intensity += decay * model[10] / np.pi / spread[j] * (1 + squared / spread[j]) ** -(1 + model[10])
            integral += strength[j] * _expected(age - wait, age, model, nodes, shares)
        scores[row - first, 0] = rate
        scores[row - first, 1] = integral
        scores[row - first, 2] = np.log(intensity / rate)
    return scores


@compiled
def _sources(
    reports: NDArray[np.float64], model: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Each event's productivity, integrated over the plane, and its d e^(gamma (m - mc)) in km2."""
    excess = reports[:, 3] - model[0]
    spread = model[8] * np.exp(model[9] * excess)
    return model[3] * np.exp(model[4] * excess) * np.pi / model[10] * spread ** -model[10], spread


@compiled
def _decay(age: float, model: NDArray[np.float64]) -> float:
    return np.exp(-(1 + model[6]) * np.log(age + model[5]) - age / model[7])


@compiled
def _gauss_legendre() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nodes and weights of the five-point rule on [0, 1] (Abramowitz and Stegun, table 25.4)."""
    near, far = 0.5384693101056831, 0.9061798459386640
    nodes = np.array([-far, -near, 0.0, near, far])
    shares = np.array(
        [0.2369268850561891, 0.4786286704993665, 0.5688888888888889, 0.4786286704993665, 0.2369268850561891]
    )
    return (nodes + 1) / 2, shares / 2


@compiled
def _expected(
    start: float, end: float, model: NDArray[np.float64], nodes: NDArray[np.float64], shares: NDArray[np.float64]
) -> float:
    """Integral of the decay: in ln(t + c), where it is smooth, by Gauss-Legendre; midpoint for short waits."""
    if end - start < 0.01 * start:
        return (end - start) * _decay((start + end) / 2, model)
    low, high = np.log(start + model[5]), np.log(end + model[5])
    total = 0.0
    for place in range(5):
        age = np.exp(low + (high - low) * nodes[place])
        total += shares[place] * age * _decay(age - model[5], model)
    return total * (high - low)
