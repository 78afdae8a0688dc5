# Least privilege, over the whole configuration.

mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789" }
  }
}
mock_provider "google-beta" {}

variables {
  project_id    = "quake-project"
  environment   = "prod"
  alert_email   = "on-call@example.org"
  image_tag     = "0123456789abcdef"
  stream_engine = "dataflow"
  repository    = "example/quakestream"
}

run "no_basic_roles" {
  command = plan

  assert {
    condition     = length(setintersection(keys(local.project_roles), ["roles/owner", "roles/editor", "roles/viewer"])) == 0
    error_message = "a basic role reaches everything in the project"
  }
  assert {
    condition = alltrue([
      for role, names in local.project_roles : names == toset(["deployer"]) ||
      contains(["roles/bigquery.jobUser", "roles/logging.logWriter", "roles/monitoring.viewer", "roles/dataflow.worker"], role)
    ])
    error_message = "a workload has a role on the whole project that belongs on a resource"
  }
  assert {
    condition     = length(setintersection(flatten([for names in values(local.project_roles) : tolist(names)]), ["mlflow", "trigger", "scheduler"])) == 0
    error_message = "MLflow, the function and the clock need nothing of the project"
  }
}

run "the_deployer_cannot_make_an_owner" {
  command = plan

  assert {
    condition     = length(google_project_iam_member.deployer_grants.condition) == 1 && length(local.grantable) <= 10
    error_message = "IAM takes ten roles in such a condition, and without it the deployer is owner in all but name"
  }
  assert {
    condition = alltrue([
      for role, names in local.project_roles : names == toset(["deployer"]) || contains(local.grantable, role)
    ])
    error_message = "a workload's role could not be granted by a build"
  }
}

run "one_account_a_workload" {
  command = plan

  assert {
    condition     = length(distinct(values(module.identity.emails))) == length(local.accounts)
    error_message = "two workloads share an account"
  }
}

run "channels_reach_their_log_and_nothing_else" {
  command = plan
  variables {
    alert_sender = "alerts@example.org"
  }

  assert {
    condition     = [for role, names in local.project_roles : role if contains(names, "channels")] == ["roles/bigquery.jobUser"] && !contains(local.instance_subscribers, "channels")
    error_message = "the channels process has more than queries of the project"
  }
  assert {
    condition     = !anytrue([for role, names in local.buckets.state.access : contains(names, "channels") if role != "objectViewer"])
    error_message = "who subscribed is read by the channels, not written"
  }
  assert {
    condition     = module.channels["on"].runs.account == module.identity.emails["channels"] && module.channels["on"].runs.secrets == tolist(["QUAKE_SMTP"])
    error_message = "the channels run as somebody else, or read another's secret"
  }
}

run "api_and_gateway_are_two_accounts" {
  command = plan

  assert {
    condition     = module.api["on"].runs.account == module.identity.emails["api"] && module.gateway["on"].runs.account == module.identity.emails["gateway"] && module.identity.emails["api"] != module.identity.emails["gateway"]
    error_message = "API and gateway share an account"
  }
  assert {
    condition     = concat(module.api["on"].runs.secrets, module.gateway["on"].runs.secrets) == tolist(["QUAKE_API_KEYS", "QUAKE_API_KEYS"])
    error_message = "API or gateway may read more than the digests of the keys"
  }
  assert {
    condition     = local.buckets.state.files == { "keys/ticket_secret" = toset(["api", "gateway"]) } && length(setintersection(local.buckets.state.access.objectUser, ["api", "gateway"])) == 0
    error_message = "API and gateway write one file of the state, or do not start"
  }
}

run "nothing_is_public_unless_asked" {
  command = plan

  assert {
    condition     = alltrue([for service in [module.api["on"], module.gateway["on"], module.mlflow["on"], module.dashboard_cloud_run["on"]] : !contains(service.invokers, "allUsers")])
    error_message = "a service is open to everyone though nobody asked"
  }
}

run "only_what_was_asked_is_public" {
  command = plan
  variables {
    public = ["api"]
  }

  assert {
    condition     = contains(module.api["on"].invokers, "allUsers") && !contains(module.gateway["on"].invokers, "allUsers") && !contains(module.mlflow["on"].invokers, "allUsers")
    error_message = "public = [api] opens the API and nothing else"
  }
}
