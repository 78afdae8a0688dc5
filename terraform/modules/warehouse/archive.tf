# Every message as it was published, so that all other tables can be made again from it.

resource "google_bigquery_dataset" "archive" {
  project                    = var.project
  dataset_id                 = "${var.name}_archive"
  location                   = var.region
  description                = "Quakestream: every message of topics events and alerts, as published."
  delete_contents_on_destroy = !var.protect
  max_time_travel_hours      = "168"
}

resource "google_bigquery_table" "archive" {
  for_each = toset(["events", "alerts"])

  project             = var.project
  dataset_id          = google_bigquery_dataset.archive.dataset_id
  table_id            = each.key
  description         = "A row is one message of topic ${each.key}."
  deletion_protection = var.protect

  time_partitioning {
    type  = "MONTH"
    field = "publish_time"
  }

  # The columns that a BigQuery subscription with metadata writes.
  schema = jsonencode([
    for name, type in {
      subscription_name = "STRING", message_id = "STRING", publish_time = "TIMESTAMP", data = "STRING", attributes = "STRING"
    } : { name = name, type = type, mode = "NULLABLE" }
  ])
}
