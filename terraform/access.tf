# Who may do what. Roles on the whole project are only those that have no smaller home: a query job belongs to a project.

locals {
  instance_subscribers = toset(["api", "gateway"])

  project_roles = merge(
    { "roles/bigquery.jobUser" = toset(["ingest", "engine", "api", "gateway", "channels", "batch", "prefect"]) },
    # How far a subscription lags is known to Cloud Monitoring only; readiness asks.
    { "roles/monitoring.viewer" = toset(["api", "gateway"]) },
    { "roles/logging.logWriter" = toset(["checker", "dashboard", "deployer", "vertex"]) },
    var.stream_engine == "dataflow" ? { "roles/dataflow.worker" = toset(["engine"]) } : {},
    { for role in local.deployer_roles : role => toset(["deployer"]) },
  )

  # What applying this configuration takes; each product's own admin role, none of the basic ones.
  deployer_roles = [
    "roles/aiplatform.admin", "roles/appengine.appAdmin", "roles/appengine.deployer", "roles/artifactregistry.admin", "roles/bigquery.admin",
    "roles/certificatemanager.editor", "roles/cloudbuild.builds.editor", "roles/cloudfunctions.admin", "roles/cloudscheduler.admin", "roles/cloudsql.admin",
    "roles/compute.loadBalancerAdmin", "roles/compute.networkAdmin", "roles/compute.securityAdmin", "roles/dataflow.admin",
    "roles/iam.roleAdmin", "roles/iam.serviceAccountAdmin", "roles/iam.workloadIdentityPoolAdmin", "roles/logging.configWriter",
    "roles/monitoring.editor", "roles/ondemandscanning.admin", "roles/pubsub.admin",
    "roles/run.admin", "roles/secretmanager.admin", "roles/serviceusage.serviceUsageAdmin", "roles/storage.admin",
  ]

  # What the deployer may give to others: it cannot make itself, or anybody, owner.
  grantable = [
    "roles/aiplatform.user", "roles/bigquery.jobUser", "roles/cloudsql.client", "roles/cloudsql.instanceUser",
    "roles/dataflow.worker", "roles/logging.logWriter", "roles/monitoring.viewer", module.identity.instance_subscriber,
  ]

  buckets = {
    # Snapshots, models, history, reports and the alias file.
    state = {
      access = {
        objectUser   = toset(["engine", "ingest", "batch", "vertex", "prefect"])
        objectViewer = toset(["api", "gateway", "channels"])
      }
      # What signs tickets for browsers; whichever of them starts first makes it.
      files = { "keys/ticket_secret" = toset(["api", "gateway"]) }
    }
    mlflow = {
      access = { objectUser = toset(["mlflow", "batch", "vertex", "prefect"]) }
    }
    # Flex Template, function archives, saved plans, staging of Dataflow and Vertex AI.
    build = {
      delete_after_days = 90
      access            = { objectUser = toset(["engine", "batch", "vertex", "deployer"]) }
    }
  }
}

# Deploying a workload means to act as its account: for these accounts, and no others.
resource "google_service_account_iam_member" "deployer" {
  for_each = setsubtract(keys(local.accounts), ["checker"])

  service_account_id = "projects/${var.project_id}/serviceAccounts/${module.identity.emails[each.key]}"
  role               = "roles/iam.serviceAccountUser"
  member             = module.identity.members["deployer"]
}

resource "google_project_iam_member" "deployer_grants" {
  project = var.project_id
  role    = "roles/resourcemanager.projectIamAdmin"
  member  = module.identity.members["deployer"]

  condition {
    title      = "the workloads' roles only"
    expression = "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(${jsonencode(local.grantable)})"
  }
}

resource "google_storage_bucket_iam_member" "terraform_state" {
  count = var.state_bucket == "" ? 0 : 1

  bucket = var.state_bucket
  role   = "roles/storage.objectUser"
  member = module.identity.members["deployer"]
}
