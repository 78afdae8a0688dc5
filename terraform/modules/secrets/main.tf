# Names and readers only: values are added by hand or by a rotation job and never pass through Terraform's state.

resource "google_secret_manager_secret" "this" {
  for_each = var.secrets

  project             = var.project
  secret_id           = "${var.name}-${each.key}"
  deletion_protection = var.protect

  replication {
    user_managed {
      replicas {
        location = var.region
      }
    }
  }
}

resource "google_secret_manager_secret_iam_member" "this" {
  for_each = merge([for secret, names in var.secrets : { for name in names : "${secret} ${name}" => { secret = secret, name = name } }]...)

  project   = var.project
  secret_id = google_secret_manager_secret.this[each.value.secret].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = var.members[each.value.name]
}

output "names" {
  description = "Secret to its full name."
  value       = { for key, secret in google_secret_manager_secret.this : key => secret.secret_id }
}
