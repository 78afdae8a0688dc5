"""The parameters of the space-time model of one region, and what is derived from them once."""

from dataclasses import asdict, dataclass, fields, replace
from functools import cache, cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

TIME_SCALES = tuple(float(value) for value in np.geomspace(3000.0, 2e-4, 10))
"""Decay times of the rate, days: fixed, their weights are fitted."""
MIXTURE = 16
"""Exponentials whose sum stands for the power law in the place density."""
PRODUCTIVITY_OFFSET = (0.001, 3.0)
"""Of v = ln(p_bg + 0.001) + 3 in q = exp(a (m - mc) + theta v + a_theta (m - mc) v): they keep the logarithm finite and
q near 1."""
WIDTHS = (0.4, 1.3)
"""Background kernels' widths in units of the distance to the eighth neighbour."""
ENDLESS = 1e12
"""`reach` of a kernel that never ends."""
FOLLOWED_DAYS, FOLLOWED_PRIOR = 2 * 365.25, 50.0
"""Memory of the background's level, and how many earthquakes speak for the years of the fit: docs/decisions/0033."""


@dataclass(frozen=True, kw_only=True)
class EtasParameters:
    """One region's model: rate(t) in events >= mc a day, times a density of the place, 1/km2.

    rate = mu + sum_k weights_k b_k S_k, b_k = 1 / TIME_SCALES_k; an event adds q (PRODUCTIVITY_OFFSET) to every S_k.
    rate density = steady mu u(x) + (rate - steady mu) (B u(x) + sum_j W_j s_j(x)) / (B + sum_j W_j): what does not wait
    for earthquakes stays where it is, whatever happens elsewhere. W_j = e^(a_space (m - mc)) (dt + c)^-p e^(-dt / tau),
    s_j = rho / (pi D) ((1 + r^2 / D)^-(1 + rho) - (reach + r^2 / D)^-(1 + rho)) / (1 - reach^-rho),
    D = d e^(gamma (m - mc)) width^eta, width: km to the eighth neighbour.
    An earthquake below 100 km has `deep_time` of that q and `deep_space` of that W_j (`quake.etas_depth`).
    u = near and far kernels h^2 / pi / (r^2 + h^2)^2 weighted by the background probability, the rest even over area.
    """

    mc: float
    area_km2: float
    mu: float
    weights: tuple[float, ...]
    a_time: float
    theta: float
    background: float
    a_space: float
    c: float
    p: float
    tau: float
    d: float
    rho: float
    gamma: float
    eta: float
    near: float
    far: float
    a_theta: float = 0.0
    """What v adds to a: the productivity of an earthquake out of nothing grows more with its size than an aftershock's;
    docs/decisions/0032."""
    steady: float = 0.0
    """Share of mu that u alone spreads."""
    reach: float = ENDLESS
    """The kernels' power law ends about sqrt(reach D) away; not fitted: likelihood hardly knows it."""
    deep_time: float = 1.0
    """Share of a shallow earthquake's q that a deep one of its size has."""
    deep_space: float = 1.0
    """The same share of W_j."""
    usual_depth_km: float = 0.0
    """Depth of background earthquakes to come: the one that triggers what the region's do on average."""
    fractions: tuple[tuple[float, float], ...] = ()
    """Pairs of magnitude and the empirical fraction of events >= mc that reach it."""
    blind_days: float = 0.0
    """So long after an earthquake smaller ones were not reported in the catalogue of the fit
    (`quake.etas_rate_likelihood`); forecasts count what happens, reported or not."""
    least_p_bg: float = 0.02
    """q of an earthquake to come is that of no smaller p_bg; not fitted: docs/decisions/0028."""
    ground_rate: float = 0.0
    """Sum of p_bg a day in the years of the fit. Later ones move mu (`quake.etas_stream`); with 0 it stays."""

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        # What is worked out once for each parameters is looked up for each forecast: hashing must cost nothing.
        return hash(tuple(getattr(self, field.name) for field in fields(self)))

    def as_record(self) -> dict[str, Any]:
        """A dict for JSON."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> "EtasParameters":
        """What `as_record` made, also before q and W had shares of their own; JSON's lists become tuples."""
        values = dict(record)
        if "deep" in values:
            values["deep_time"] = values["deep_space"] = values.pop("deep")
        fractions = tuple((float(magnitude), float(share)) for magnitude, share in record["fractions"])
        return cls(**(values | {"weights": tuple(record["weights"]), "fractions": fractions}))


CALIFORNIA = EtasParameters(
    mc=2.5, area_km2=959_823.0, mu=2.0, weights=(0.2, 0.1, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.02),
    a_time=1.2, theta=0.2, background=55.0, a_space=0.72, c=0.0053, p=0.915, tau=869.0, d=0.087, rho=0.57,
    gamma=0.915, eta=0.83, near=0.6, far=0.35, steady=0.7, reach=3000.0,
    fractions=((2.5, 1.0), (3.5, 0.1), (4.5, 0.01), (5.5, 0.001), (6.5, 0.0001)),
)  # fmt: skip
"""Rounded values of a fit to California's M >= 2.5 without a steady part."""
START = replace(CALIFORNIA, background=5.0)
"""Where fits start: beside a steady background little is left for B, and a small sample stays near its start."""


class Kernel(NamedTuple):
    """The numbers the inner loops need."""

    mc: float
    background: float
    a_space: float
    c: float
    p: float
    tau: float
    d: float
    rho: float
    gamma: float
    eta: float
    near: float
    far: float
    steady: float
    reach: float
    area_km2: float
    mu: float
    a_time: float
    theta: float
    a_theta: float
    deep_time: float
    deep_space: float
    usual_depth_km: float
    least_p_bg: float
    ground_rate: float
    time_rates: NDArray[np.float64]
    time_weights: NDArray[np.float64]
    space_rates: NDArray[np.float64]
    space_shares: NDArray[np.float64]
    sizes: NDArray[np.float64]
    """Magnitude - mc of each step of the empirical magnitudes, and the share of earthquakes in it, shape (2, steps)."""


def kernel_of(parameters: EtasParameters) -> Kernel:
    """The parameters as the inner loops want them, for earthquakes to come."""
    values = {name: float(getattr(parameters, name)) for name in Kernel._fields if hasattr(parameters, name)}
    rates, mixture = 1 / np.array(TIME_SCALES), decay_mixture(parameters.c, parameters.p, parameters.tau)
    return Kernel(
        **values,
        time_rates=rates,
        time_weights=rates * np.array(parameters.weights),
        space_rates=mixture[0],
        space_shares=mixture[1],
        sizes=sizes_of(parameters),
    )


def sizes_of(parameters: EtasParameters) -> NDArray[np.float64]:
    """`Kernel.sizes`."""
    steps, reached = np.array(parameters.fractions).reshape(-1, 2).T
    return np.stack([steps - parameters.mc, -np.diff(reached, append=0.0)])


@cache
def decay_mixture(c: float, p: float, tau: float) -> NDArray[np.float64]:
    """Rates r_k, ascending, and shares v_k >= 0: sum_k v_k e^(-r_k t) is (t + c)^-p e^(-t / tau), shape (2, 16).

    A completely monotone function is a mixture of exponentials (Bernstein's theorem): here of rates 1 / tau and more,
    evenly spaced in logarithm, by least squares on the relative error from 0 to 60 years, below 1 % (tested).
    """
    rates = np.geomspace(3e-5, 5 / c, MIXTURE)
    times = np.concatenate([[0.0], np.geomspace(c / 100, 2e4, 300)])
    shares = nnls(np.exp(-times[:, None] * rates) / (times[:, None] + c) ** -p, np.ones(len(times)), maxiter=1000)[0]
    return np.stack([rates + 1 / tau, shares])
