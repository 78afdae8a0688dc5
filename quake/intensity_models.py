"""Published equations: ground motion, ground motion to MMI, and direct intensity prediction. One function a paper.

Each works on arrays of distances for one earthquake and returns medians with their standard deviations. Which one is
used where, and the distance to a rupture of unknown strike, is `quake.intensity`'s business.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

VS30_M_S = 400.0
"""Time-averaged shear-wave velocity of the upper 30 m assumed under a town: stiff soil, m/s."""


class Prediction(NamedTuple):
    """A median and its standard deviation, arrays of one shape."""

    median: Array
    sigma: Array


def _table(text: str) -> dict[str, dict[str, float]]:
    header, *rows = (line.split() for line in text.strip().splitlines())
    return {name: dict(zip(header[1:], map(float, values))) for name, *values in rows}


BSSA14 = _table("""
imt  e0     e4    e5      e6      Mh  c1     c2     c3        h   c    Vc   f4    f5       R1  R2  dR    dV   p1    p2    t1    t2
pga  .4473  1.431 .05053  -.1662  5.5 -1.134 .1917  -.008088  4.5 -.60 1500 -.15  -.00701  110 270 .100  .070 .695  .495  .398  .348
pgv  5.037  1.073 -.1536  .2252   6.2 -1.243 .1489  -.003440  5.3 -.84 1300 -.10  -.00844  105 272 .082  .080 .644  .552  .401  .346
""")  # fmt: skip # pylint: disable=line-too-long # the paper's table, one row a measure
"""Tables S1 and S2 of BSSA14 (revised 2014-07-15), unspecified mechanism, global attenuation."""


def ground_motion(measure: str, magnitude: float, joyner_boore_km: Array, vs30_m_s: float = VS30_M_S) -> Prediction:
    """Natural logarithm of `pga` (g) or `pgv` (cm/s) at Joyner-Boore distances in km, no basin term.

    Boore, Stewart, Seyhan and Atkinson (2014), Earthquake Spectra 30, 1057-1085, eqs. 1-17, doi:10.1193/070113EQS184M.
    """
    rock = np.exp(_on_rock(BSSA14["pga"], magnitude, joyner_boore_km))
    table = BSSA14[measure]
    median = _on_rock(table, magnitude, joyner_boore_km) + _site_term(table, rock, vs30_m_s)
    return Prediction(median, _ground_motion_sigma(table, magnitude, joyner_boore_km, vs30_m_s))


def _on_rock(table: dict[str, float], magnitude: float, joyner_boore_km: Array) -> Array:
    excess = magnitude - table["Mh"]
    source = table["e4"] * excess + table["e5"] * excess**2 if excess <= 0 else table["e6"] * excess
    distance = np.sqrt(joyner_boore_km**2 + table["h"] ** 2)
    spreading = (table["c1"] + table["c2"] * (magnitude - 4.5)) * np.log(distance)
    return table["e0"] + source + spreading + table["c3"] * (distance - 1.0)


def _site_term(table: dict[str, float], rock_pga_g: Array, vs30_m_s: float) -> Array:
    linear = table["c"] * math.log(min(vs30_m_s, table["Vc"]) / 760.0)
    slope = table["f4"] * (math.exp(table["f5"] * (min(vs30_m_s, 760.0) - 360.0)) - math.exp(table["f5"] * 400.0))
    return linear + slope * np.log((rock_pga_g + 0.1) / 0.1)


def _ground_motion_sigma(table: dict[str, float], magnitude: float, joyner_boore_km: Array, vs30_m_s: float) -> Array:
    step = min(max(magnitude, 4.5), 5.5) - 4.5
    far = np.log(np.maximum(joyner_boore_km, 0.1) / table["R1"]) / math.log(table["R2"] / table["R1"])
    soft = math.log(300.0 / vs30_m_s) / math.log(300.0 / 225.0)
    within = table["p1"] + (table["p2"] - table["p1"]) * step
    within = within + table["dR"] * np.clip(far, 0, 1) - table["dV"] * min(max(soft, 0.0), 1.0)
    return np.hypot(within, table["t1"] + (table["t2"] - table["t1"]) * step)


WGRW12 = _table("""
imt  a0   b0   t0     a1   b1   t1   a2    b2   sigma
pga  1.71 2.08 0.14   1.78 1.55 1.57 -1.60 3.70 0.66
pgv  4.62 2.17 -1.21  3.78 1.47 0.53 2.89  3.16 0.63
""")
"""Worden et al. (2012), Table 1: MMI = a + b log10(motion) in three pieces that meet at log10(motion) = t0, t1."""


def motion_to_intensity(measure: str, motion: Prediction) -> Prediction:
    """MMI from `ground_motion`, the scatter of the motion and of the conversion together.

    Worden, Gerstenberger, Rhoades and Wald (2012), BSSA 102, 204-221, doi:10.1785/0120110156; the piece below MMI 2
    as USGS ShakeMap uses it.
    """
    table = WGRW12[measure]
    logarithm = (motion.median + (math.log(981.0) if measure == "pga" else 0.0)) / math.log(10.0)
    piece = (logarithm >= table["t0"]).astype(int) + (logarithm >= table["t1"])
    slope = np.array([table["b0"], table["b1"], table["b2"]])[piece]
    median = np.array([table["a0"], table["a1"], table["a2"]])[piece] + slope * logarithm
    return Prediction(median, np.hypot(table["sigma"], slope / math.log(10.0) * motion.sigma))


def allen_rupture(magnitude: ArrayLike, rupture_km: Array) -> Prediction:
    """MMI in active crust at the closest distance to the rupture in km.

    Allen, Wald and Worden (2012), J. Seismology 16, 409-433, eq. 2 and Table 3, doi:10.1007/s10950-012-9278-7.
    """
    near = 1.0 + 0.813 * np.exp(np.subtract(magnitude, 5.0))
    median = 3.950 + 0.913 * np.asarray(magnitude) - 1.107 * np.log(np.hypot(rupture_km, near))
    return Prediction(median, 0.72 + 0.23 / (1.0 + (rupture_km / 44.7) ** 2))


def allen_strongest_magnitude(rupture_km: Array) -> Array:
    """Magnitude beyond which `allen_rupture` would fall again, where its derivative is zero, at distances in km."""
    a, b, c = 1.107 - 0.913, 1.107 - 2 * 0.913, -0.913 * (rupture_km**2 + 1.0)
    return 5.0 + np.log((-b + np.sqrt(b * b - 4.0 * a * c)) / (2.0 * a) / 0.813)


def allen_hypocentral(magnitude: float, hypocentral_km: Array) -> Prediction:
    """MMI in active crust at hypocentral distances in km: the other form of Allen, Wald and Worden (2012)."""
    near = -0.209 + 2.042 * math.exp(magnitude - 5.0)
    median = 2.085 + 1.428 * magnitude - 1.402 * np.log(np.hypot(hypocentral_km, near))
    median = median + 0.078 * np.log(np.maximum(hypocentral_km / 50.0, 1.0))
    return Prediction(median, 0.82 + 0.37 / (1.0 + (hypocentral_km / 22.9) ** 2))


def atkinson_western(magnitude: float, hypocentral_km: Array) -> Prediction:
    """MMI in California at hypocentral distances in km.

    Atkinson, Worden and Wald (2014), BSSA 104, 3084-3093, doi:10.1785/0120140178.
    """
    distance = np.hypot(hypocentral_km, 14.0)
    logarithm = np.log10(distance)
    far = np.maximum(logarithm - math.log10(50.0), 0.0)
    median = 0.309 + 1.864 * magnitude - 1.672 * logarithm - 0.00219 * distance + 1.77 * far
    return Prediction(median - 0.383 * magnitude * logarithm, np.full_like(distance, 0.5))


def atkinson_eastern(magnitude: float, hypocentral_km: Array, epicentral_km: Array) -> Prediction:
    """MMI in the stable continent (central and eastern North America), from the paper `atkinson_western` names."""
    western = atkinson_western(magnitude, hypocentral_km)
    plateau = 0.8 * np.log10(np.clip(epicentral_km, 50.0, 150.0) / 50.0)
    return Prediction(western.median + 0.7 + 0.001 * epicentral_km + plateau, western.sigma)


def dowrick_interface(magnitude: float, depth_km: float, rupture_km: Array) -> Prediction:
    """MMI from a subduction interface at the closest distance to the rupture in km, average soil.

    Dowrick and Rhoades (2005), Bull. NZ Soc. Earthq. Eng. 38, 185-214, Table 5, doi:10.5459/bnzsee.38.4.185-214.
    """
    distance = np.cbrt(rupture_km**3 + 10.28**3)
    median = 4.74 - 0.42 + (1.23 + 0.042) * magnitude - 3.613 * np.log10(distance) + 0.007 * depth_km
    return Prediction(median, np.full_like(distance, math.hypot(0.21, 0.38)))


def dowrick_slab(magnitude: float, depth_km: float, rupture_km: Array) -> Prediction:
    """MMI from within a subducting slab, Table 7 of the same paper; `rupture_km` must be above zero."""
    median = 3.76 + 1.48 * magnitude - 3.50 * np.log10(rupture_km) + 0.0031 * depth_km
    return Prediction(median, np.full_like(median, math.hypot(0.27, 0.42)))
