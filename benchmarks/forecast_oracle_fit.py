"""Fits the exact published form of ETAS by maximum likelihood: an opponent for catalogues without published parameters.

The file it writes is one for `python -m benchmarks.forecast_oracle --published`. Every earlier earthquake counts for
every target; targets are sampled, so that a fit takes minutes.
"""

# pylint: disable=consider-using-enumerate,too-many-positional-arguments,too-many-locals  # inner loops for numba

import json
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import typer
from numpy.typing import NDArray
from scipy.optimize import minimize

from batch.benchmark_catalogue import day_of, read_catalogue
from quake.etas_compiled import compiled

NAMES = ("log10_mu", "log10_k0", "a", "log10_c", "omega", "log10_tau", "log10_d", "gamma", "rho")
START = (-6.3, -2.7, 1.5, -2.8, -0.06, 3.7, -0.8, 1.0, 0.55)
"""Near the published parameters of California (EarthquakeNPP, ComCat_25)."""
BOUNDS = ((-9, -3), (-5, 0), (0.1, 4), (-5, 0), (-0.6, 1), (1, 5), (-3, 2), (0.05, 3), (0.1, 3))
LOGARITHMS = np.array([name.startswith("log10") for name in NAMES])
NODES = 24


class Sample(NamedTuple):
    """Rows of days, x, y, magnitude - mc; the numbers of the targets, what each stands for; area and span in days."""

    sources: NDArray[np.float64]
    targets: NDArray[np.int64]
    weight: float
    area_km2: float
    span: tuple[float, float]


def main(
    catalog: Annotated[Path, typer.Option(help="CSV with time, latitude, longitude, magnitude, x, y")],
    mc: Annotated[float, typer.Option(help="Smallest magnitude that is complete")],
    train_start: Annotated[str, typer.Option(help="First day of the likelihood; what comes before is history")],
    train_end: Annotated[str, typer.Option(help="Fit on what lies before this date")],
    out: Annotated[Path, typer.Option(help="Where the parameters go, JSON")],
    polygon: Annotated[Path | None, typer.Option(help="Corners, rows of latitude, longitude: .npy or CSV")] = None,
    targets: Annotated[int, typer.Option(help="How many targets are drawn")] = 3000,
    seed: Annotated[int, typer.Option(help="Of the sampled targets")] = 1,
) -> None:
    """Writes the parameters of greatest likelihood in the format of the package `etas`."""
    span = (day_of(train_start, "--train-start"), day_of(train_end, "--train-end"))
    catalogue = read_catalogue(catalog, mc, polygon, span[1])
    reports = catalogue.reports[catalogue.reports[:, 0] < span[1]] - np.array([0, 0, 0, mc])
    sample = drawn(reports, span, catalogue.area_km2, targets, np.random.default_rng(seed))
    found = fitted(sample)
    record = {"m_ref": mc, "area": catalogue.area_km2, "final_parameters": dict(zip(NAMES, found.tolist()))}
    about = {"train": [train_start, train_end], "targets": len(sample.targets), "seed": seed}
    out.write_text(json.dumps(record | {"provenance": about}, indent=1) + "\n", encoding="utf-8")
    typer.echo(json.dumps(record, indent=1))


def drawn(
    reports: NDArray[np.float64], span: tuple[float, float], area_km2: float, count: int, rng: np.random.Generator
) -> Sample:
    """A sample of `count` targets inside the span."""
    inside = np.flatnonzero((reports[:, 0] >= span[0]) & (reports[:, 0] < span[1]))
    targets = np.sort(rng.choice(inside, min(count, len(inside)), replace=False))
    return Sample(np.ascontiguousarray(reports), targets, len(inside) / len(targets), area_km2, span)


def fitted(sample: Sample) -> NDArray[np.float64]:
    """Parameters of greatest likelihood, in the order of NAMES, by L-BFGS-B."""
    count = sample.weight * len(sample.targets)

    def loss(vector: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        value, slope = log_likelihood(vector, sample)
        return -value / count, -slope / count

    options = {"maxiter": 80, "ftol": 1e-7}
    return minimize(loss, np.array(START), jac=True, method="L-BFGS-B", bounds=BOUNDS, options=options).x


def log_likelihood(vector: NDArray[np.float64], sample: Sample) -> tuple[float, NDArray[np.float64]]:
    """Sum of log intensities at the targets less the intensity's integral over span and plane; and its gradient."""
    natural = np.where(LOGARITHMS, 10 ** np.where(LOGARITHMS, vector, 0.0), vector)
    slope = np.zeros(len(NAMES))
    value = sample.weight * _target_terms(sample.sources, sample.targets, natural, slope)
    slope *= sample.weight
    days = sample.span[1] - sample.span[0]
    value -= sample.area_km2 * natural[0] * days + _triggered_integral(sample, natural, slope)
    slope[0] -= sample.area_km2 * natural[0] * days
    return float(value), np.where(LOGARITHMS, slope * np.log(10), slope)


@compiled
def _target_terms(
    sources: NDArray[np.float64], targets: NDArray[np.int64], natural: NDArray[np.float64], slope: NDArray[np.float64]
) -> float:
    """Sum of log intensities; `slope` gets the gradient, by the logarithm of what is found as one."""
    mu, k0, a, c, omega, tau, d, gamma, rho = natural
    total, parts = 0.0, np.zeros(9)
    spread = d * np.exp(gamma * sources[:, 3])
    base = np.log(k0) + a * sources[:, 3]
    for row in range(len(targets)):
        now, x, y = sources[targets[row], 0], sources[targets[row], 1], sources[targets[row], 2]
        parts[:] = 0.0
        parts[0] = mu
        for j in range(targets[row]):
            age = now - sources[j, 0]
            if age <= 0:
                continue
            reach = (x - sources[j, 1]) ** 2 + (y - sources[j, 2]) ** 2 + spread[j]
            log_age, log_reach = np.log(age + c), np.log(reach)
            term = np.exp(base[j] - (1 + omega) * log_age - age / tau - (1 + rho) * log_reach)
            near = term * spread[j] / reach
            parts[1] += term
            parts[2] += term * sources[j, 3]
            parts[3] -= term * (1 + omega) * c / (age + c)
            parts[4] -= term * log_age
            parts[5] += term * age / tau
            parts[6] -= (1 + rho) * near
            parts[7] -= (1 + rho) * near * sources[j, 3]
            parts[8] -= term * log_reach
        intensity = mu + parts[1]
        total += np.log(intensity)
        slope += parts / intensity
    return total


def _triggered_integral(sample: Sample, natural: NDArray[np.float64], slope: NDArray[np.float64]) -> float:
    """Events triggered within the span over the plane; `slope` loses the gradient."""
    _, k0, a, c, omega, tau, d, gamma, rho = natural
    excess = sample.sources[:, 3]
    strength = k0 * np.exp(a * excess) * np.pi / rho * (d * np.exp(gamma * excess)) ** -rho
    low = np.log(np.maximum(0.0, sample.span[0] - sample.sources[:, 0]) + c)
    high = np.log(np.maximum(0.0, sample.span[1] - sample.sources[:, 0]) + c)
    nodes, shares = np.polynomial.legendre.leggauss(NODES)
    shifted = np.exp(low[:, None] + (high - low)[:, None] * (nodes + 1) / 2)
    ages = shifted - c
    decay = shifted**-omega * np.exp(-ages / tau) * shares * (high - low)[:, None] / 2
    whole = strength * decay.sum(1)
    total = whole.sum()
    slope[1] -= total
    slope[2] -= whole @ excess
    slope[3] += (strength * (decay * (1 + omega) * c / shifted).sum(1)).sum()
    slope[4] += (strength * (decay * np.log(shifted)).sum(1)).sum()
    slope[5] -= (strength * (decay * ages / tau).sum(1)).sum()
    slope[6] += rho * total
    slope[7] += rho * whole @ excess
    slope[8] += total / rho + whole @ (np.log(d) + gamma * excess)
    return float(total)


if __name__ == "__main__":
    typer.run(main)
