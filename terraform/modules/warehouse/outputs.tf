output "dataset" {
  value = google_bigquery_dataset.warehouse.dataset_id
}

output "archive_dataset" {
  value = google_bigquery_dataset.archive.dataset_id
}

output "archive_tables" {
  description = "Topic to its archive table."
  value       = { for topic, table in google_bigquery_table.archive : topic => "${table.project}.${table.dataset_id}.${table.table_id}" }
}
