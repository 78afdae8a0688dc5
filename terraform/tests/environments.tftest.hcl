# Names differ by environment, so that two of them can share a project; production cannot be deleted by accident.

mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789" }
  }
}
mock_provider "google-beta" {}

variables {
  project_id  = "quake-project"
  alert_email = "on-call@example.org"
  image_tag   = "0123456789abcdef"
}

run "dev" {
  command = plan
  variables {
    environment = "dev"
  }

  assert {
    condition     = !local.protect
    error_message = "dev is not protected"
  }
  assert {
    condition     = alltrue([for name in values(module.messaging.topics) : startswith(name, "quake-dev-")])
    error_message = "a topic's name does not name its environment"
  }
}

run "prod" {
  command = plan
  variables {
    environment = "prod"
  }

  assert {
    condition     = local.protect
    error_message = "prod is protected"
  }
  assert {
    condition = alltrue([for name in concat(
      values(module.messaging.topics), values(module.messaging.subscriptions), values(module.messaging.dead_letters), values(module.secrets.names),
      module.stream["on"].pools, [module.api["on"].name, module.gateway["on"].name, module.mlflow["on"].name, module.job["retrain"].name],
    ) : startswith(name, "quake-prod-")])
    error_message = "a name does not name its environment"
  }
  assert {
    condition     = alltrue([for email in values(module.identity.emails) : startswith(email, "quake-prod-")])
    error_message = "a service account's name does not name its environment"
  }
  assert {
    condition     = alltrue([for name in values(module.storage.names) : startswith(name, "quake-project-quake-prod-")])
    error_message = "a bucket's name does not name project and environment"
  }
  assert {
    condition     = module.warehouse.dataset == "quake_prod" && module.warehouse.archive_dataset == "quake_prod_archive"
    error_message = "a dataset's name does not name its environment"
  }
  assert {
    condition     = length(setintersection(values(module.messaging.topics), values(run.dev.topics))) == 0
    error_message = "dev and prod share a topic"
  }
}
