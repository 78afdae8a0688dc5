"""The Flex Template without a cloud: its description, its graph, and the job that Dataflow would be asked for."""

import json
from importlib.resources import files

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from google.protobuf import json_format

from streaming.beam_run import add_stream
from streaming.options import PARAMETERS, REQUIRED
from streaming.pipeline import STEPS

FOLDER = files("streaming") / "flex"
ARGUMENTS = [
    "--bus=pubsub://some-project?prefix=dev-",
    "--warehouse=bigquery://some-project/quake",
    "--epoch=e1",
    "--model_version=v1",
    "--streaming",
]


def graph(arguments):
    """The job's graph as Dataflow would get it."""
    options = PipelineOptions(arguments)
    pipeline = beam.Pipeline(options=options)
    add_stream(pipeline, options)
    return pipeline.to_runner_api()


@pytest.fixture
def storage(tmp_path) -> str:
    return f"--storage=file://{tmp_path}"


def test_the_description_is_one_that_dataflow_reads():
    dataflow = pytest.importorskip(
        "google.cloud.dataflow_v1beta3", reason="google-cloud-dataflow-client is not installed"
    )
    text = (FOLDER / "metadata.json").read_text()
    read = json_format.Parse(text, dataflow.TemplateMetadata.pb()(), ignore_unknown_fields=False)
    assert read.streaming and [parameter.name for parameter in read.parameters] == list(PARAMETERS)


def test_parameters_of_template_and_program_are_the_same():
    parameters = json.loads((FOLDER / "metadata.json").read_text())["parameters"]
    assert {item["name"]: item["helpText"] for item in parameters} == PARAMETERS
    assert [item["name"] for item in parameters if not item["isOptional"]] == list(REQUIRED)


def test_the_whole_graph_builds_without_a_cloud(storage):
    proto = graph([*ARGUMENTS, storage])
    names = {transform.unique_name for transform in proto.components.transforms.values()}
    assert set(STEPS) <= names
    reads = [t for t in proto.components.transforms.values() if t.spec.urn == "beam:transform:pubsub_read:v1"]
    assert [b"projects/some-project/subscriptions/dev-engine" in read.spec.payload for read in reads] == [True]
    unbounded = 1
    read_from = [c for c in proto.components.pcollections.values() if c.is_bounded == unbounded]
    assert not [c for c in read_from if c.unique_name.startswith("Alert")], "a stream never ends"


@pytest.mark.parametrize("missing", REQUIRED)
def test_what_the_job_needs_is_asked_for(storage, missing):
    given = [argument for argument in (*ARGUMENTS, storage) if not argument.startswith(f"--{missing}=")]
    with pytest.raises(ValueError, match=f"the job needs --{missing}"):
        graph(given)


def test_a_job_without_a_champion_says_so(storage):
    without = [argument for argument in ARGUMENTS if "model_version" not in argument]
    with pytest.raises(LookupError, match="no model is champion"):
        graph([*without, storage])


def test_the_image_runs_the_entry_point_with_the_pinned_beam():
    text = (FOLDER / "Dockerfile").read_text()
    assert "FLEX_TEMPLATE_PYTHON_PY_FILE=/template/streaming/flex/main.py" in text
    assert f"beam_python3.11_sdk:{beam.__version__}" in text
