"""`make bench`: every benchmark in turn, each in a process of its own; `python -m benchmarks --list` names them.

Benchmarks that need the real catalogues in ../shared/data are left out, with a word, where those are missing.
"""

import subprocess
import sys
from pathlib import Path

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
LOG = SHARED / "feeds" / "usgs_hourly_revision_log.jsonl.gz"
HISTORY = SHARED / "feeds" / "usgs_superseded_origin_history.csv"

BENCHMARKS: dict[str, tuple[str, ...]] = {
    "first_light": (),
    "forecast_busy": (str(SHARED / "benchmark" / "Japan_catalog.csv.gz"),),
    "store_speed": (),
    "identity_speed": (),
    "identity_adversarial": (),
    "identity_revision_log": (str(LOG),),
    "identity_superseded": (str(HISTORY),),
    "beam_parity": (),
    "beam_steps": (),
    "beam_throughput": (),
    "engine_throughput": (),
    "champion_swap": (),
    "dashboard_viewers": (),
    "drift_japan": (),
    "flow_schedule": (),
    "life_chain": (),
    "forecast_speed": (),
    "forecast_completeness": (),
    "forecast_depth": (),
    "terraform_check": (),
    "terraform_breaks": (),
    "serving_fuzz": (),
    "serving_schemathesis": (),
    "impact_speed": (),
    "impact_known": (),
    "impact_rated": (str(SHARED),),
    "impact_rates": (str(SHARED),),
    "impact_shaking": (str(SHARED),),
    "impact_magnitude": (str(SHARED),),
    "serving_fanout": (),
    "serving_storm": (),
    "serving_latency": (),
    "serving_ready": (),
}
"""Module -> its arguments. What each measures stands in its docstring."""


def main(wanted: list[str]) -> int:
    """Runs the benchmarks named, or all; returns how many failed."""
    if wanted == ["--list"]:
        print("\n".join(BENCHMARKS))
        return 0
    unknown = set(wanted) - BENCHMARKS.keys()
    if unknown:
        raise SystemExit(f"no benchmark {', '.join(sorted(unknown))}; known: {', '.join(BENCHMARKS)}")
    return sum(_run(name) for name in wanted or BENCHMARKS)


def _run(name: str) -> bool:
    missing = [argument for argument in BENCHMARKS[name] if not Path(argument).exists()]
    print(f"== {name}", flush=True)
    if missing:
        print(f"left out: needs the real catalogues, {missing[0]} is missing")
        return False
    return subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *BENCHMARKS[name]], check=False).returncode != 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
