resource "google_storage_bucket" "this" {
  for_each = var.buckets

  project                     = var.project
  name                        = "${var.project}-${var.name}-${each.key}"
  location                    = var.region
  force_destroy               = !var.protect
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  versioning {
    enabled = true
  }

  soft_delete_policy {
    retention_duration_seconds = 604800
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      num_newer_versions         = 3
      days_since_noncurrent_time = 14
    }
  }

  dynamic "lifecycle_rule" {
    for_each = each.value.delete_after_days == null ? [] : [each.value.delete_after_days]
    content {
      action {
        type = "Delete"
      }
      condition {
        age = lifecycle_rule.value
      }
    }
  }
}

resource "google_storage_bucket_iam_member" "this" {
  for_each = merge([
    for bucket, settings in var.buckets : merge([
      for role, names in settings.access : { for name in names : "${bucket} ${role} ${name}" => { bucket = bucket, role = role, name = name } }
    ]...)
  ]...)

  bucket = google_storage_bucket.this[each.value.bucket].name
  role   = "roles/storage.${each.value.role}"
  member = var.members[each.value.name]
}

resource "google_storage_bucket_iam_member" "file" {
  for_each = merge([
    for bucket, settings in var.buckets : merge([
      for file, names in settings.files : { for name in names : "${bucket} ${file} ${name}" => { bucket = bucket, file = file, name = name } }
    ]...)
  ]...)

  bucket = google_storage_bucket.this[each.value.bucket].name
  role   = "roles/storage.objectUser"
  member = var.members[each.value.name]

  condition {
    title      = "one file"
    expression = "resource.name == 'projects/_/buckets/${var.project}-${var.name}-${each.value.bucket}/objects/${each.value.file}'"
  }
}
