# Terraform has no resource for custom or tuning jobs: those are submitted with the SDK. This is what they need.

resource "google_project_iam_member" "submitter" {
  for_each = var.submitters

  project = var.project
  role    = "roles/aiplatform.user"
  member  = each.value
}

# Whoever submits a job names the account it runs as, and needs leave to do so.
resource "google_service_account_iam_member" "submitter" {
  for_each = var.submitters

  service_account_id = "projects/${var.project}/serviceAccounts/${var.service_account}"
  role               = "roles/iam.serviceAccountUser"
  member             = each.value
}

variable "project" {
  type = string
}

variable "service_account" {
  description = "Account that the training jobs run as."
  type        = string
}

variable "submitters" {
  description = "Name to IAM member that submits jobs."
  type        = map(string)
}
