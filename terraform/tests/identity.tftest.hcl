mock_provider "google" {}

run "a_basic_role_is_refused" {
  command = plan
  module {
    source = "./modules/identity"
  }
  variables {
    project              = "quake-project"
    name                 = "quake-dev"
    accounts             = { api = "Answers HTTP." }
    project_roles        = { "roles/editor" = ["api"] }
    instance_subscribers = []
  }
  expect_failures = [var.project_roles]
}

run "an_instance_may_only_keep_its_own_subscription" {
  command = plan
  module {
    source = "./modules/identity"
  }
  variables {
    project              = "quake-project"
    name                 = "quake-dev"
    accounts             = { api = "Answers HTTP.", ingest = "Listens." }
    project_roles        = { "roles/bigquery.jobUser" = ["api"] }
    instance_subscribers = ["api"]
  }

  assert {
    condition     = alltrue([for permission in google_project_iam_custom_role.instance_subscriber.permissions : startswith(permission, "pubsub.subscriptions.")])
    error_message = "the role reaches more than subscriptions"
  }
  assert {
    condition     = keys(google_project_iam_member.instance_subscriber) == ["api"]
    error_message = "somebody else has the role too"
  }
}
