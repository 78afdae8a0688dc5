output "names" {
  description = "Bucket to its full name."
  value       = { for key, bucket in google_storage_bucket.this : key => bucket.name }
}
