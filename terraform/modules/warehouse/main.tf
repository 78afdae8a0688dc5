# Tables keep rows as they arrive; readers use the views of the same name, which show the first row per key.
# tables.json, schemas/ and views/ are written by `python -m quake.adapters.gcp_schema`.

locals {
  tables  = jsondecode(file("${path.module}/tables.json"))
  sql     = { for file in fileset("${path.module}/views", "*.sql") : trimsuffix(file, ".sql") => "${path.module}/views/${file}" }
  queries = { for name, file in local.sql : name => templatefile(file, { dataset = "${var.project}.${var.name}" }) }
}

resource "google_bigquery_dataset" "warehouse" {
  project                    = var.project
  dataset_id                 = var.name
  location                   = var.region
  description                = "Quakestream: reports, assessments, forecasts, alerts and what came of them."
  delete_contents_on_destroy = !var.protect
  max_time_travel_hours      = "168"
}

resource "google_bigquery_table" "rows" {
  for_each = local.tables

  project             = var.project
  dataset_id          = google_bigquery_dataset.warehouse.dataset_id
  table_id            = "${each.key}_rows"
  description         = each.value.description
  schema              = file("${path.module}/schemas/${each.key}.json")
  clustering          = length(each.value.cluster) > 0 ? each.value.cluster : null
  deletion_protection = var.protect

  time_partitioning {
    type  = "MONTH"
    field = each.value.partition
  }
}

resource "google_bigquery_table" "first_rows" {
  for_each = local.tables

  project             = var.project
  dataset_id          = google_bigquery_dataset.warehouse.dataset_id
  table_id            = each.key
  description         = each.value.description
  deletion_protection = false

  view {
    query          = local.queries[each.key]
    use_legacy_sql = false
  }

  depends_on = [google_bigquery_table.rows]
}

resource "google_bigquery_table" "answers" {
  for_each = { for name, query in local.queries : name => query if !contains(keys(local.tables), name) }

  project             = var.project
  dataset_id          = google_bigquery_dataset.warehouse.dataset_id
  table_id            = each.key
  description         = trimprefix(split("\n", each.value)[0], "-- ")
  deletion_protection = false

  view {
    query          = each.value
    use_legacy_sql = false
  }

  depends_on = [google_bigquery_table.first_rows]
}
