"""How BigQuery is reached, in one place: address, client, and the tables and views of `quake.schema` in a dataset."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from quake.adapters.gcp_schema import columns, views
from quake.schema import TABLES, Table


@dataclass(frozen=True, slots=True)
class Options:
    """What a `bigquery://` URL may say behind its `?`."""

    endpoint: str = ""
    """`http://host:port` of an emulator: no credentials are used, and tables are made when it is opened."""
    max_bytes_billed: int = 10 * 1024**3
    """A question that would be billed for more is refused."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a warehouse lies."""

    project: str
    dataset: str
    endpoint: str
    max_bytes_billed: int

    @property
    def dataset_path(self) -> str:
        """`PROJECT.DATASET`."""
        return f"{self.project}.{self.dataset}"


def parse_url(url: str) -> Address:
    """The address in `bigquery://PROJECT/DATASET?max_bytes_billed=...`. Raises ValueError saying what is wrong."""
    parts = urlsplit(url)
    dataset = parts.path.strip("/")
    if parts.scheme != "bigquery" or not parts.netloc or not dataset or "/" in dataset:
        raise ValueError(f"not the address of a BigQuery warehouse: {url!r}; like bigquery://PROJECT/DATASET")
    types = {field.name: field.type for field in fields(Options)}
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = given.keys() - types
    if unknown:
        raise ValueError(f"{url!r}: no option {sorted(unknown)[0]!r}; known: {', '.join(types)}")
    options = Options(**{name: types[name](text) for name, text in given.items()})
    return Address(parts.netloc, dataset, options.endpoint, options.max_bytes_billed)


def new_client(address: Address) -> bigquery.Client:
    """A client for the address."""
    if not address.endpoint:
        return bigquery.Client(project=address.project)
    options = ClientOptions(api_endpoint=address.endpoint)
    return bigquery.Client(project=address.project, credentials=AnonymousCredentials(), client_options=options)


def create_tables(client: bigquery.Client, address: Address, names: Iterable[str] = tuple(TABLES)) -> None:
    """Makes the dataset, tables and their views where they are not there: what Terraform does for the cloud."""
    client.create_dataset(bigquery.Dataset(address.dataset_path), exists_ok=True)
    shown = views()
    for name in names:
        client.create_table(_rows_table(TABLES[name], address), exists_ok=True)
        view = bigquery.Table(f"{address.dataset_path}.{name}")
        view.view_query = shown[name].replace("${dataset}", address.dataset_path)
        client.create_table(view, exists_ok=True)


def _rows_table(table: Table, address: Address) -> bigquery.Table:
    made = bigquery.Table(f"{address.dataset_path}.{table.name}_rows", schema=[_field(item) for item in columns(table)])
    made.time_partitioning = bigquery.TimePartitioning(field=table.partition)
    made.clustering_fields = list(table.cluster) or None
    return made


def _field(described: dict[str, Any]) -> bigquery.SchemaField:
    return bigquery.SchemaField.from_api_repr(described)
