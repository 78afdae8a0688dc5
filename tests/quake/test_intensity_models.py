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
    [(5, 6.2, 4.7), (6, 12, 9.6), (7, 22, 20), (8, 40, 41), (9, 75, 86)],
)
def test_motion_to_intensity_agrees_with_the_shakemap_legend(mmi: int, pga_percent_g: float, pgv_cm_s: float) -> None:
    """The scale printed on USGS ShakeMaps, "scale based on Worden et al. (2012)": centre of each intensity."""
    for measure, motion in (("pga", pga_percent_g / 100), ("pgv", pgv_cm_s)):
        logarithm = np.log(np.array([motion]))
        found = models.motion_to_intensity(measure, models.Prediction(logarithm, np.zeros(1)))
        assert found.median[0] == pytest.approx(mmi, rel=0.02)
