locals {
  grants = merge([
    for role, names in { dataEditor = var.writers, dataViewer = var.readers } : { for name in names : "${role} ${name}" => { role = role, name = name } }
  ]...)
}

resource "google_bigquery_dataset_iam_member" "warehouse" {
  for_each = local.grants

  project    = var.project
  dataset_id = google_bigquery_dataset.warehouse.dataset_id
  role       = "roles/bigquery.${each.value.role}"
  member     = var.members[each.value.name]
}

resource "google_bigquery_table_iam_member" "writer" {
  for_each = merge([for table, names in var.table_writers : { for name in names : "${table} ${name}" => { table = table, name = name } }]...)

  project    = var.project
  dataset_id = google_bigquery_dataset.warehouse.dataset_id
  table_id   = google_bigquery_table.rows[each.value.table].table_id
  role       = "roles/bigquery.dataEditor"
  member     = var.members[each.value.name]
}

resource "google_bigquery_dataset_iam_member" "archive" {
  for_each = var.archive_readers

  project    = var.project
  dataset_id = google_bigquery_dataset.archive.dataset_id
  role       = "roles/bigquery.dataViewer"
  member     = var.members[each.key]
}
