"""A stand-in for Beam's Java expansion service: it takes any schema transform and keeps what it was asked for.

The answer has the shape of the real one: the same transform, with its outputs, the refused rows among them.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Optional

import grpc
from apache_beam.coders import RowCoder
from apache_beam.portability.api import beam_expansion_api_pb2 as api
from apache_beam.portability.api import beam_expansion_api_pb2_grpc as stubs
from apache_beam.portability.api import external_transforms_pb2 as external

from apache_beam.io.gcp.bigquery import StorageWriteToBigQuery
from apache_beam.typehints.row_type import RowTypeConstraint
from apache_beam.typehints.schemas import named_fields_to_schema

TARGET = "sdks:java:io:google-cloud-platform:expansion-service:build"
OUTPUTS = (StorageWriteToBigQuery.FAILED_ROWS_WITH_ERRORS, "post_write")
FIELDS = {
    "table": str,
    "create_disposition": str,
    "write_disposition": str,
    "triggering_frequency_seconds": int,
    "auto_sharding": bool,
    "num_streams": int,
    "use_at_least_once_semantics": bool,
    "use_cdc_writes": bool,
    "primary_key": list[str],
    "clustering_fields": list[str],
    "big_lake_configuration": dict[str, str],
    "error_handling": RowTypeConstraint.from_fields([("output", str)]),
}
"""The transform's configuration, as Beam 2.77's client fills it in."""
CONFIGURATION = named_fields_to_schema([(name, Optional[kind]) for name, kind in FIELDS.items()])


class Expansions(stubs.ExpansionServiceServicer):
    """`asked` are the configurations of the transforms that were expanded."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def DiscoverSchemaTransform(self, request: Any, context: Any) -> Any:
        """One transform: BigQuery's Storage Write API."""
        config = api.SchemaTransformConfig(
            config_schema=CONFIGURATION, input_pcollection_names=["input"], output_pcollection_names=OUTPUTS
        )
        return api.DiscoverSchemaTransformResponse(schema_transform_configs={StorageWriteToBigQuery.IDENTIFIER: config})

    def Expand(self, request: Any, context: Any) -> Any:
        """The transform as it came, with its outputs."""
        payload = external.SchemaTransformPayload.FromString(request.transform.spec.payload)
        self.asked.append(RowCoder(payload.configuration_schema).decode(payload.configuration_row))
        answer = api.ExpansionResponse(components=request.components, transform=request.transform)
        (taken,) = request.transform.inputs.values()
        for tag in OUTPUTS:
            name = f"{request.namespace}_{tag}"
            answer.components.pcollections[name].CopyFrom(request.components.pcollections[taken])
            answer.components.pcollections[name].unique_name = name
            answer.transform.outputs[tag] = name
        return answer


@contextmanager
def expansion_service() -> Iterator[tuple[str, Expansions]]:
    """The address of a running one, and what it keeps."""
    expansions, server = Expansions(), grpc.server(ThreadPoolExecutor(1))
    stubs.add_ExpansionServiceServicer_to_server(expansions, server)
    port = server.add_secure_port("127.0.0.1:0", grpc.local_server_credentials())
    server.start()
    try:
        yield f"localhost:{port}", expansions
    finally:
        server.stop(None).wait()
