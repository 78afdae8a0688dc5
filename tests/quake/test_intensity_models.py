"""The published equations against an independent program and the papers' own tables."""

import numpy as np
import pytest

from quake import intensity_models as models

PYGMM_SCENARIOS = [
    (magnitude, distance, vs30)
    for magnitude in (3.5, 5.0, 5.8, 6.5, 7.5, 8.2)
    for distance in (0.0, 5.0, 30.0, 110.0, 290.0)
    for vs30 in (250.0, 400.0, 760.0)
]


@pytest.mark.parametrize(("magnitude", "distance", "vs30"), PYGMM_SCENARIOS)
def test_ground_motion_agrees_with_pygmm(magnitude: float, distance: float, vs30: float) -> None:
    """pygmm 0.8.0 (A. Kottke, MIT), BooreStewartSeyhanAtkinson2014: an independent program, which the tests install."""
    pygmm = pytest.importorskip("pygmm")
    scenario = pygmm.Scenario(mag=magnitude, dist_jb=distance, v_s30=vs30, mechanism="U", region="global")
    theirs = pygmm.BooreStewartSeyhanAtkinson2014(scenario)
    pga = models.ground_motion("pga", magnitude, np.array([distance]), vs30)
    pgv = models.ground_motion("pgv", magnitude, np.array([distance]), vs30)
    assert np.exp(pga.median[0]) == pytest.approx(theirs.pga, rel=0.001)
    assert np.exp(pgv.median[0]) == pytest.approx(theirs.pgv, rel=0.001)
    assert pga.sigma[0] == pytest.approx(theirs.ln_std_pga, rel=0.001)


@pytest.mark.parametrize(
    ("mmi", "pga_percent_g", "pgv_cm_s"),
    [(2.5, 0.3, 0.13), (4, 2.8, 1.4), (5, 6.2, 4.7), (6, 12, 9.6), (7, 22, 20), (8, 40, 41), (9, 75, 86)],
)
def test_motion_to_intensity_agrees_with_the_shakemap_legend(mmi: float, pga_percent_g: float, pgv_cm_s: float) -> None:
    """The scale printed on USGS ShakeMaps, "scale based on Worden et al. (2012)": centre of each intensity (2.5: II-III)."""
    for measure, motion in (("pga", pga_percent_g / 100), ("pgv", pgv_cm_s)):
        logarithm = np.log(np.array([motion]))
        found = models.motion_to_intensity(measure, models.Prediction(logarithm, np.zeros(1)))
        assert found.median[0] == pytest.approx(mmi, rel=0.02)


SHAKELIB = {
    "pga": [(0.0005, 1.067), (0.002, 2.234), (0.01, 3.317), (0.03, 4.057), (0.1, 5.769), (0.3, 7.535), (0.8, 9.111)],
    "pgv": [(0.05, 1.797), (0.3, 3.011), (2.0, 4.223), (8.0, 5.744), (25.0, 7.307), (90.0, 9.065)],
}
"""Computed with esi-shakelib 1.2.1 of USGS (CC0), WGRW12.getMIfromGM: motion in g or cm/s, MMI."""


@pytest.mark.parametrize("measure", SHAKELIB)
def test_motion_to_intensity_agrees_with_shakemaps_own_program(measure: str) -> None:
    motion, expected = np.array(SHAKELIB[measure]).T
    found = models.motion_to_intensity(measure, models.Prediction(np.log(motion), 0 * motion))
    assert found.median == pytest.approx(expected, rel=0.001)
    assert found.sigma == pytest.approx({"pga": 0.66, "pgv": 0.63}[measure])


OPENQUAKE = {
    "allen_rupture": [
        (4.0, 10, [10, 30, 110, 300], [5.044, 3.836, 2.398, 1.288], [0.939, 0.879, 0.753, 0.725]),
        (5.0, 10, [10, 30, 110, 300], [5.948, 4.748, 3.311, 2.201], [0.939, 0.879, 0.753, 0.725]),
        (6.5, 10, [10, 30, 110, 300], [7.227, 6.106, 4.680, 3.570], [0.939, 0.879, 0.753, 0.725]),
        (8.0, 10, [10, 30, 110, 300], [7.937, 7.329, 6.037, 4.938], [0.939, 0.879, 0.753, 0.725]),
    ],
    "allen_hypocentral": [
        (4.0, 10, [10, 30, 110, 300], [4.567, 3.028, 1.268, -0.06], [1.131, 0.956, 0.835, 0.822]),
        (5.0, 10, [10, 30, 110, 300], [5.974, 4.454, 2.696, 1.368], [1.131, 0.956, 0.835, 0.822]),
        (6.5, 10, [10, 30, 110, 300], [7.727, 6.539, 4.834, 3.509], [1.131, 0.956, 0.835, 0.822]),
        (8.0, 10, [10, 30, 110, 300], [8.268, 8.006, 6.890, 5.639], [1.131, 0.956, 0.835, 0.822]),
    ],
    "dowrick_interface": [
        (5.0, 5, [30, 50, 130, 300], [5.358, 4.572, 3.077, 1.765], [0.434] * 4),
        (6.5, 20, [30, 50, 130, 300], [7.371, 6.585, 5.090, 3.778], [0.434] * 4),
        (8.0, 50, [30, 50, 130, 300], [9.489, 8.703, 7.208, 5.896], [0.434] * 4),
        (5.0, 30, [30, 50, 130, 300], [5.533, 4.747, 3.252, 1.940], [0.434] * 4),
        (6.5, 30, [30, 50, 130, 300], [7.441, 6.655, 5.160, 3.848], [0.434] * 4),
        (8.0, 30, [30, 50, 130, 300], [9.349, 8.563, 7.068, 5.756], [0.434] * 4),
    ],
    "dowrick_slab": [
        (5.0, 60, [100, 120, 200, 300], [4.346, 4.069, 3.292, 2.676], [0.499] * 4),
        (6.5, 250, [100, 120, 200, 300], [7.155, 6.878, 6.101, 5.485], [0.499] * 4),
        (5.0, 100, [100, 120, 200, 300], [4.470, 4.193, 3.416, 2.800], [0.499] * 4),
        (6.5, 100, [100, 120, 200, 300], [6.690, 6.413, 5.636, 5.020], [0.499] * 4),
        (8.0, 100, [100, 120, 200, 300], [8.910, 8.633, 7.856, 7.240], [0.499] * 4),
    ],
}
"""Computed with openquake-engine 3.26.2, some with 3.24.1 (AllenEtAl2012, AllenEtAl2012Rhypo, DowrickRhoades2005SInter
and SSlab, vs30 400 m/s): magnitude, depth in km, distances in km, median MMI, its standard deviation."""


@pytest.mark.parametrize("name", OPENQUAKE)
def test_intensity_prediction_agrees_with_openquake(name: str) -> None:
    for magnitude, depth, distances, medians, sigmas in OPENQUAKE[name]:
        arguments = (magnitude, depth) if name.startswith("dowrick") else (magnitude,)
        found = getattr(models, name)(*arguments, np.array(distances, dtype=float))
        assert found.median == pytest.approx(medians, rel=0.001)
        assert found.sigma == pytest.approx(sigmas, rel=0.002)


ALLEN_CODE = [
    (4.0, [3.768, 2.459, 1.663, 0.547], [4.468, 3.198, 2.701, 1.929]),
    (5.5, [5.854, 4.32, 3.307, 1.92], [6.554, 5.059, 4.346, 3.301]),
    (7.0, [7.941, 6.181, 4.952, 3.292], [8.641, 6.92, 5.99, 4.674]),
]
"""Computed with the functions of T. I. Allen's catalogue tools (mmi_tools, atkinson_worden_wald14_*), depth 10 km:
magnitude, western and eastern MMI at hypocentral distances of 10, 40, 100 and 300 km."""


@pytest.mark.parametrize(("magnitude", "western", "eastern"), ALLEN_CODE)
def test_atkinson_agrees_with_another_implementation(
    magnitude: float, western: list[float], eastern: list[float]
) -> None:
    distance = np.array([10.0, 40.0, 100.0, 300.0])
    assert models.atkinson_western(magnitude, distance).median == pytest.approx(western, rel=0.001)
    epicentral = np.sqrt(distance**2 - 100.0)
    assert models.atkinson_eastern(magnitude, distance, epicentral).median == pytest.approx(eastern, rel=0.001)


DYFI = [
    (4.0, [4.062, 3.768, 3.033, 2.301, 1.663], [4.762, 4.478, 3.758, 3.046]),
    (5.5, [6.2, 5.854, 4.992, 4.135, 3.307, 1.92], [6.9, 6.564, 5.717, 4.88]),
    (7.0, [8.337, 7.941, 6.951, 5.97, 4.952, 3.292], [9.037, 8.651, 7.676, 6.715]),
]
"""Computed with the program behind USGS's "Did You Feel It?" (dyfi/lib/ipes.py, aww2014wna and aww2014ena): magnitude,
MMI at 0.1, 10, 25, 45, 100 and 300 km in the west, up to 45 km in the east. Its own test (tests/test_aux.py) asks M7 at
0.1 km to lie between 8.3 and 8.4 in the west and 9.0 and 9.1 in the east.

Beyond 50 km in the east that program takes a natural logarithm in the term that T. I. Allen and we take to base 10, as
the paper's other logarithms are: up to 0.5 MMI more. See docs/impact.md."""


@pytest.mark.parametrize(("magnitude", "western", "eastern"), DYFI)
def test_atkinson_agrees_with_did_you_feel_it(magnitude: float, western: list[float], eastern: list[float]) -> None:
    distance = np.array([0.1, 10.0, 25.0, 45.0, 100.0, 300.0])
    found = models.atkinson_western(magnitude, distance[: len(western)]).median
    assert found == pytest.approx(western, rel=0.001)
    found = models.atkinson_eastern(magnitude, distance[:4], distance[:4]).median
    assert found == pytest.approx(eastern, rel=0.001)


def test_allen_rupture_is_steepest_where_its_strongest_magnitude_says() -> None:
    distance = np.array([0.0, 10.0, 50.0])
    strongest = models.allen_strongest_magnitude(distance)
    at_most = models.allen_rupture(strongest, distance).median
    for step in (-0.1, 0.1):
        assert (models.allen_rupture(strongest + step, distance).median < at_most).all()
