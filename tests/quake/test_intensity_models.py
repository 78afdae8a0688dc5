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
    """pygmm (A. Kottke, MIT), BooreStewartSeyhanAtkinson2014: an independent program."""
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


OPENQUAKE = {
    "allen_rupture": [
        (5.0, 10, [10, 30, 110, 300], [5.948, 4.748, 3.311, 2.201], [0.939, 0.879, 0.753, 0.725]),
        (6.5, 10, [10, 30, 110, 300], [7.227, 6.106, 4.680, 3.570], [0.939, 0.879, 0.753, 0.725]),
        (8.0, 10, [10, 30, 110, 300], [7.937, 7.329, 6.037, 4.938], [0.939, 0.879, 0.753, 0.725]),
    ],
    "allen_hypocentral": [
        (5.0, 10, [10, 30, 110, 300], [5.974, 4.454, 2.696, 1.368], [1.131, 0.956, 0.835, 0.822]),
        (6.5, 10, [10, 30, 110, 300], [7.727, 6.539, 4.834, 3.509], [1.131, 0.956, 0.835, 0.822]),
        (8.0, 10, [10, 30, 110, 300], [8.268, 8.006, 6.890, 5.639], [1.131, 0.956, 0.835, 0.822]),
    ],
    "dowrick_interface": [
        (5.0, 30, [30, 50, 130, 300], [5.533, 4.747, 3.252, 1.940], [0.434] * 4),
        (6.5, 30, [30, 50, 130, 300], [7.441, 6.655, 5.160, 3.848], [0.434] * 4),
        (8.0, 30, [30, 50, 130, 300], [9.349, 8.563, 7.068, 5.756], [0.434] * 4),
    ],
    "dowrick_slab": [
        (5.0, 100, [100, 120, 200, 300], [4.470, 4.193, 3.416, 2.800], [0.499] * 4),
        (6.5, 100, [100, 120, 200, 300], [6.690, 6.413, 5.636, 5.020], [0.499] * 4),
        (8.0, 100, [100, 120, 200, 300], [8.910, 8.633, 7.856, 7.240], [0.499] * 4),
    ],
}
"""Computed with openquake-engine 3.26.2 (AllenEtAl2012, AllenEtAl2012Rhypo, DowrickRhoades2005SInter and SSlab):
magnitude, depth in km, distances in km, median MMI, its standard deviation."""


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


def test_allen_rupture_is_steepest_where_its_strongest_magnitude_says() -> None:
    distance = np.array([0.0, 10.0, 50.0])
    strongest = models.allen_strongest_magnitude(distance)
    at_most = models.allen_rupture(strongest, distance).median
    for step in (-0.1, 0.1):
        assert (models.allen_rupture(strongest + step, distance).median < at_most).all()
