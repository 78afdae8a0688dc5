# Who may deploy: GitHub's workflows and Cloud Build's triggers of one repository, as one account, without a stored key.

resource "google_iam_workload_identity_pool" "this" {
  project                   = var.project
  workload_identity_pool_id = "${var.name}-ci"
  display_name              = "Quakestream CI (${var.name})"
}

resource "google_iam_workload_identity_pool_provider" "github" {
  project                            = var.project
  workload_identity_pool_id          = google_iam_workload_identity_pool.this.workload_identity_pool_id
  workload_identity_pool_provider_id = "github"
  attribute_condition                = "assertion.sub == 'repo:${var.repository}:ref:refs/heads/main'"
  attribute_mapping = {
    "google.subject"       = "assertion.sub"
    "attribute.repository" = "assertion.repository"
  }

  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}

resource "google_service_account_iam_member" "federation" {
  service_account_id = local.account
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/projects/${var.project_number}/locations/global/workloadIdentityPools/${google_iam_workload_identity_pool.this.workload_identity_pool_id}/attribute.repository/${var.repository}"
}

locals {
  account = "projects/${var.project}/serviceAccounts/${var.deployer}"
  triggers = {
    pr      = { file = "cloudbuild.pr.yaml", pull_request = true, tag = "" }
    main    = { file = "cloudbuild.yaml", pull_request = false, tag = "" }
    release = { file = "cloudbuild.release.yaml", pull_request = false, tag = "^v[0-9.]+$" }
  }
}

resource "google_cloudbuild_trigger" "this" {
  for_each = local.triggers

  project            = var.project
  location           = var.region
  name               = "${var.name}-${each.key}"
  description        = each.value.file
  filename           = each.value.file
  service_account    = each.value.pull_request ? "projects/${var.project}/serviceAccounts/${var.checker}" : local.account
  include_build_logs = "INCLUDE_BUILD_LOGS_WITH_STATUS"
  substitutions      = each.value.pull_request ? {} : var.substitutions

  github {
    owner = split("/", var.repository)[0]
    name  = split("/", var.repository)[1]

    dynamic "pull_request" {
      for_each = each.value.pull_request ? [1] : []
      content {
        branch          = "^main$"
        comment_control = "COMMENTS_ENABLED_FOR_EXTERNAL_CONTRIBUTORS_ONLY"
      }
    }

    dynamic "push" {
      for_each = each.value.pull_request ? [] : [1]
      content {
        branch = each.value.tag == "" ? "^main$" : null
        tag    = each.value.tag == "" ? null : each.value.tag
      }
    }
  }

  dynamic "approval_config" {
    for_each = each.value.tag == "" ? [] : [1]
    content {
      approval_required = true
    }
  }
}
