"""Sums that fade: what a node of the tree keeps of its earthquakes for each decay time, and how it is read later.

Time is counted in ticks, a decay time each: sums are kept as of the last whole tick, and so many ticks later they are
e^-ticks of that, from a table. Nodes that were touched at different times need no exponential of their own.
"""

# pylint: disable=too-many-locals,consider-using-enumerate,too-many-positional-arguments  # inner loops for numba: plain loops over plain numbers

import numpy as np
from numpy.typing import NDArray

from quake.etas_compiled import compiled, inlined
from quake.etas_parameters import Kernel

MOMENTS = 6
"""Of strength: its sum, the sums of it times x, y, D and x^2 + y^2, and the sum of W; row 0 is the background's."""
Moments = tuple[float, float, float, float, float, float]
OLDEST = 40
"""Ticks after which nothing is left: e^-40 is less than a double's last digit."""
FADED = np.exp(-np.arange(OLDEST + 1.0))


@compiled
def fresh_shares(kernel: Kernel, days: float, now: float) -> NDArray[np.float64]:
    """What strength 1 at `days` adds to each decay time's sums as of the last whole tick before `now`, shape (16,)."""
    return np.exp(kernel.space_rates * days - np.floor(kernel.space_rates * now))


@compiled
def fade(sums: NDArray[np.float64], rates: NDArray[np.float64], node: int, before: float, now: float) -> None:
    """Brings the sums of a node, kept as of `before`, to `now`."""
    for scale in range(len(rates)):
        passed = np.floor(now * rates[scale]) - np.floor(before * rates[scale])
        if passed > 0 and sums[node, 1 + scale, 0] != 0:
            left = FADED[int(passed)] if passed <= OLDEST else 0.0
            for moment in range(MOMENTS):
                sums[node, 1 + scale, moment] *= left


@compiled
def plane_integral(kernel: Kernel, spread: float) -> float:
    """Of the kernel (D + r^2)^-(1 + rho) - (reach D + r^2)^-(1 + rho) over the plane: W is strength times this."""
    return np.pi / kernel.rho * spread**-kernel.rho * (1 - kernel.reach**-kernel.rho)


@compiled
def add(
    sums: NDArray[np.float64],
    node: int,
    shares: NDArray[np.float64],
    strength: float,
    x: float,
    y: float,
    spread: float,
    whole: float,
) -> None:
    """Adds `strength`, so much of it for each decay time, at a place, of a spread D and its `plane_integral`, to a
    node's sums."""
    squared = x * x + y * y
    for scale in range(len(shares)):
        share = strength * shares[scale]
        sums[node, 1 + scale, 0] += share
        sums[node, 1 + scale, 1] += share * x
        sums[node, 1 + scale, 2] += share * y
        sums[node, 1 + scale, 3] += share * spread
        sums[node, 1 + scale, 4] += share * squared
        sums[node, 1 + scale, 5] += share * whole


@compiled
def present(kernel: Kernel, times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of each decay time its whole ticks until the first of the times, ascending, and the share of the mixture that is
    left at each of them of what that tick saw; shape (16, 1 + times)."""
    answer = np.empty((len(kernel.space_rates), 1 + len(times)))
    fill_present(kernel, times, -np.inf, answer)
    return answer


@compiled
def fill_present(kernel: Kernel, times: NDArray[np.float64], earliest: float, answer: NDArray[np.float64]) -> None:
    """`present` at the times, none before `earliest`, into an array that is there."""
    for scale in range(len(kernel.space_rates)):
        rate = kernel.space_rates[scale]
        answer[scale, 0] = np.floor(max(times[0], earliest) * rate)
        for number in range(len(times)):
            ticks = max(times[number], earliest) * rate
            answer[scale, 1 + number] = kernel.space_shares[scale] * np.exp(answer[scale, 0] - ticks)


@inlined
def moments(
    sums: NDArray[np.float64],
    rates: NDArray[np.float64],
    node: int,
    before: float,
    ticks: NDArray[np.float64],
    number: int,
) -> Moments:
    """A node's MOMENTS, kept as of `before`, at that one of the times of `ticks` (`present`): each decay time's share,
    faded."""
    mass, mass_x, mass_y, mass_d, mass_squared, weight = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for scale in range(len(rates)):
        passed = ticks[scale, 0] - np.floor(before * rates[scale])
        if passed <= OLDEST:
            share = ticks[scale, 1 + number] * FADED[int(passed)]
            mass += share * sums[node, 1 + scale, 0]
            mass_x += share * sums[node, 1 + scale, 1]
            mass_y += share * sums[node, 1 + scale, 2]
            mass_d += share * sums[node, 1 + scale, 3]
            mass_squared += share * sums[node, 1 + scale, 4]
            weight += share * sums[node, 1 + scale, 5]
    return mass, mass_x, mass_y, mass_d, mass_squared, weight


@inlined
def add_weights(
    sums: NDArray[np.float64],
    rates: NDArray[np.float64],
    node: int,
    before: float,
    ticks: NDArray[np.float64],
    share: float,
    answer: NDArray[np.float64],
) -> None:
    """Adds so much of the last of `moments`, W, at each of the times of `ticks` to the answer's first."""
    for scale in range(len(rates)):
        passed = ticks[scale, 0] - np.floor(before * rates[scale])
        if passed <= OLDEST:
            weight = share * FADED[int(passed)] * sums[node, 1 + scale, MOMENTS - 1]
            for number in range(ticks.shape[1] - 1):
                answer[number] += ticks[scale, 1 + number] * weight


@inlined
def shape(together: Moments, east: float, north: float) -> tuple[float, float]:
    """Squared distance of a node's centroid and the scatter around it, km2; the node's centre lies so far away."""
    share = 1 / together[0]
    mean_x, mean_y = together[1] * share, together[2] * share
    variance = max(0.0, together[4] * share - mean_x * mean_x - mean_y * mean_y)
    return (mean_x + east) ** 2 + (mean_y + north) ** 2, variance


@inlined
def kernel_mean(rho: float, squared: float, variance: float, spread: float) -> float:
    """Mean of (D + r^2)^-(1 + rho) over places scattered around a centroid.

    To second order in their scatter, taken as even to all sides. What scatter takes away widens D, so that the mean
    stays positive where the scatter is wider than the kernel.
    """
    reach = spread + squared + variance
    return np.exp(-(1 + rho) * np.log(reach)) * (1 + (1 + rho) * (2 + rho) * squared * variance / (reach * reach))


@inlined
def ground_mean(squared: float, variance: float, spread: float) -> float:
    """`kernel_mean` for rho = 1, without a logarithm."""
    reach = spread + squared + variance
    return (1 + 6 * squared * variance / (reach * reach)) / (reach * reach)


@inlined
def spread_at(weighed: float, mean: float, squared: float) -> float:
    """The one D that stands for a node's kernels of different D at a squared distance.

    `weighed`, as their W has it (sums of D^-rho), at their centre, where narrow kernels are most of what there is;
    `mean` far away, where each adds in proportion to its D.
    """
    return mean * (squared + weighed) / (squared + mean)


@inlined
def ground_spread(weighed: float, mean: float, squared: float) -> float:
    """The one D that stands for background kernels of different D at a squared distance, as `spread_at` for rho = 1.

    Far away the mean of (D + r^2)^-2 wants mean - 1.5 var(D) / r^2; the sums know var(D) as what parts the mean from
    the harmonic one, `weighed`: for a lognormal D, not too wide, var(D) = mean (mean - weighed).
    """
    gap = max(0.0, mean - weighed)
    return mean * (squared + mean - gap) / (squared + mean + 0.5 * gap)


@inlined
def unevenness(variance: float, gap: float, mean: float, reach: float) -> float:
    """What is not known of a node, as a share of D + r^2 (`reach`): where its scatter lies, how its kernels differ.

    `gap`: from the D that their W has to their `mean`, which is right far away to the first order.
    """
    return (variance + max(0.0, gap) * min(1.0, 2 * mean / reach)) / reach
