"""The files of an MLflow model of our own flavour: arrays, provenance, signature, an example, pinned requirements.

MLflow loads it as a `python_function` too: `mlflow.pyfunc.load_model("models:/quake-forecast@champion")`. Arrays are
read as numbers; nothing in the folder is code.
"""

import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quake.adapters.registry.alias import read_model
from quake.model import ForecastModel

if TYPE_CHECKING:
    import pandas as pd

ARRAYS = "model.npz"
EXAMPLE = {"latitude": 38.3, "longitude": 142.4, "radius_km": 100.0, "horizon_days": 7.0, "magnitude_min": 5.0}
"""Off Honshu, the headline's disc and window."""
ANSWER = "baseline_expected"
"""What `predict` says: the expected number on a normal day. What follows an earthquake needs the engine's state."""
LIBRARIES = ("quakestream", "numpy", "scipy", "fsspec")
"""All that reading and asking a model needs."""


def write_model(folder: Path, run_id: str, payload: bytes, provenance: Mapping[str, Any]) -> None:
    """Fills the folder with one model; its bytes must be a model's."""
    from mlflow.models import Model, ModelSignature
    from mlflow.types import ColSpec, DataType, Schema

    signature = ModelSignature(
        Schema([ColSpec(DataType.double, name) for name in EXAMPLE]), Schema([ColSpec(DataType.double, ANSWER)])
    )
    flavours = {
        "quakestream": {"arrays": ARRAYS, "loader": "quake.adapters.registry.alias"},
        "python_function": {"loader_module": __name__, "data": ARRAYS, "env": "requirements.txt"},
    }
    example = {"artifact_path": "input_example.json", "type": "dataframe", "pandas_orient": "split"}
    made = Model(run_id=run_id, artifact_path="model", signature=signature, flavors=flavours)
    made.saved_input_example_info = example
    made.save(str(folder / "MLmodel"))
    (folder / ARRAYS).write_bytes(payload)
    for name, content in ((example["artifact_path"], _split(EXAMPLE)), ("provenance.json", dict(provenance))):
        (folder / name).write_text(json.dumps(content, indent=2), encoding="utf-8")
    (folder / "requirements.txt").write_text("".join(f"{name}=={version(name)}\n" for name in LIBRARIES), "utf-8")


def _split(row: Mapping[str, float]) -> dict[str, Any]:
    return {"columns": list(row), "data": [list(row.values())]}


class Baseline:
    """A model as MLflow's `python_function` asks it."""

    def __init__(self, model: ForecastModel) -> None:
        self.model = model

    def predict(self, rows: "pd.DataFrame", params: Mapping[str, Any] | None = None) -> "pd.DataFrame":
        """`baseline_expected` for each row of the signature's columns; there are no parameters."""
        import pandas as pd

        if params:
            raise ValueError(f"the model takes no parameters, got {sorted(params)}")
        asked = rows[list(EXAMPLE)].itertuples(index=False)
        return pd.DataFrame({ANSWER: [self.model.baseline_expected(*map(float, row)) for row in asked]}, rows.index)


def _load_pyfunc(path: str) -> Baseline:
    """MLflow's entry: the model in the arrays at `path`."""
    return Baseline(read_model(Path(path).read_bytes(), "mlflow"))
