"""Our strongest intensity at a populated place beside what USGS ShakeMap and GeoNet published.

    python -m benchmarks.impact_shaking FOLDER

FOLDER holds `feeds/usgs_all_*.geojson.gz` and `feeds/geonet_quake_mmi4.json`.
"""

import gzip
import json
import sys
from pathlib import Path

import numpy as np

from quake.adapters.places import load_atlas
from quake.exposure import expose
from quake.intensity_regime import regime_at

FELT = 2.5
"""ShakeMaps below this are left out: we count nothing below MMI 3."""


def main(folder: Path) -> None:
    """Prints the ShakeMaps one by one, GeoNet in one line."""
    print("| earthquake | M | depth, km | nearest place, km | ours, strongest place | ShakeMap, strongest on land |")
    print("|---|---|---|---|---|---|")
    differences = []
    for path in sorted((folder / "feeds").glob("usgs_all_*.geojson.gz")):
        for feature in json.loads(gzip.decompress(path.read_bytes()))["features"]:
            fields, (longitude, latitude, depth) = feature["properties"], feature["geometry"]["coordinates"]
            ours, distance = strongest(latitude, longitude, depth, fields["mag"] or 0.0)
            if (fields.get("mmi") or 0) < FELT or ours == 0:
                continue
            differences.append(ours - fields["mmi"])
            print(
                f"| {fields['place']} | {fields['mag']:g} | {depth:.0f} | {distance:.0f} "
                f"| {ours:.1f} | {fields['mmi']:.1f} |"
            )
    summarise("ShakeMap", differences)
    summarise("GeoNet", list(geonet(folder / "feeds/geonet_quake_mmi4.json")))


def strongest(latitude: float, longitude: float, depth_km: float, magnitude: float) -> tuple[float, float]:
    """Highest intensity at any place, 0 where none reaches MMI 3, and the distance to the nearest such place in km."""
    atlas = load_atlas()
    regime = regime_at(atlas.regimes, latitude, longitude)
    exposure = expose(atlas.places, latitude, longitude, depth_km, magnitude, regime)
    return float(exposure.intensity.max(initial=0.0)), float(exposure.distance_km.min(initial=np.inf))


def geonet(path: Path) -> list[float]:
    """Ours less GeoNet's whole-numbered intensity at its nearest locality, where a place of ours is felt at all."""
    found = []
    for feature in json.loads(path.read_text(encoding="utf-8"))["features"]:
        fields, (longitude, latitude) = feature["properties"], feature["geometry"]["coordinates"]
        ours, _ = strongest(latitude, longitude, fields["depth"], fields["magnitude"])
        if ours > 0:
            found.append(ours - fields["mmi"])
    return found


def summarise(agency: str, differences: list[float]) -> None:
    """Count, median and spread of the differences."""
    median, mean = np.median(differences), np.mean(differences)
    print(
        f"\n{agency}: {len(differences)} earthquakes, ours less theirs: median {median:+.2f}, mean {mean:+.2f}, "
        f"standard deviation {np.std(differences):.2f}"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
