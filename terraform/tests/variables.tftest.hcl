# Bad variables are refused before anything is planned.

mock_provider "google" {}
mock_provider "google-beta" {}

variables {
  project_id  = "quake-project"
  environment = "dev"
  alert_email = "on-call@example.org"
  image_tag   = "0123456789abcdef"
}

run "project_number_instead_of_id" {
  command         = plan
  expect_failures = [var.project_id]
  variables {
    project_id = "123456"
  }
}

run "environment_that_spoils_names" {
  command         = plan
  expect_failures = [var.environment]
  variables {
    environment = "Prod_EU"
  }
}

run "zone_instead_of_region" {
  command         = plan
  expect_failures = [var.region]
  variables {
    region = "europe-west1-b"
  }
}

run "unknown_engine" {
  command         = plan
  expect_failures = [var.stream_engine]
  variables {
    stream_engine = "flink"
  }
}

run "app_engine_standard_has_no_websockets" {
  command         = plan
  expect_failures = [var.dashboard]
  variables {
    dashboard = "app_engine_standard"
  }
}

run "a_tag_that_moves" {
  command         = plan
  expect_failures = [var.image_tag]
  variables {
    image_tag = "latest"
  }
}

run "workloads_without_images" {
  command         = plan
  expect_failures = [var.image_tag]
  variables {
    image_tag = ""
  }
}

run "mlflow_is_never_public" {
  command         = plan
  expect_failures = [var.public]
  variables {
    public = ["mlflow"]
  }
}

run "url_instead_of_domain" {
  command         = plan
  expect_failures = [var.domain]
  variables {
    domain = "https://quake.example.org/"
  }
}

run "origin_with_a_path" {
  command         = plan
  expect_failures = [var.map_origins]
  variables {
    map_origins = ["https://map.example.org/map"]
  }
}

run "no_one_to_tell" {
  command         = plan
  expect_failures = [var.alert_email]
  variables {
    alert_email = "on-call"
  }
}

run "billing_account_by_name" {
  command         = plan
  expect_failures = [var.billing_account]
  variables {
    billing_account = "my account"
  }
}

run "a_budget_of_nothing" {
  command         = plan
  expect_failures = [var.monthly_budget]
  variables {
    monthly_budget = 0
  }
}

run "silence_longer_than_monitoring_remembers" {
  command         = plan
  expect_failures = [var.silence_minutes]
  variables {
    silence_minutes = 2000
  }
}

run "repository_without_owner" {
  command         = plan
  expect_failures = [var.repository]
  variables {
    repository = "quakestream"
  }
}

run "snapshot_with_a_scheme" {
  command         = plan
  expect_failures = [var.stream_snapshot]
  variables {
    stream_snapshot = "gs://bucket/snapshot"
  }
}

run "sender_with_a_name" {
  command         = plan
  expect_failures = [var.alert_sender]
  variables {
    alert_sender = "Quakestream <alerts@example.org>"
  }
}

run "more_hours_than_a_day" {
  command         = plan
  expect_failures = [var.forecast_hours]
  variables {
    forecast_hours = 48
  }
}
