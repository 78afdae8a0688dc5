# Each switch does what it says, and nothing else.

mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789" }
  }
}
mock_provider "google-beta" {}

variables {
  project_id  = "quake-project"
  environment = "dev"
  alert_email = "on-call@example.org"
  image_tag   = "0123456789abcdef"
}

run "first_apply_has_no_workloads" {
  command = plan
  variables {
    deploy_workloads = false
    image_tag        = ""
  }

  assert {
    condition     = length(module.api) + length(module.gateway) + length(module.mlflow) + length(module.job) + length(module.stream) + length(module.retrain_function) + length(module.channels) == 0
    error_message = "deploy_workloads = false still deploys workloads"
  }
  assert {
    condition     = length(module.dashboard_cloud_run) + length(module.dashboard_app_engine) + length(module.prefect) + length(module.edge) == 0
    error_message = "deploy_workloads = false still deploys a dashboard, Prefect or the load balancer"
  }
}

run "worker_pool_mode" {
  command = plan

  assert {
    condition     = toset(module.stream["on"].pools) == toset(["quake-dev-engine", "quake-dev-ingest"])
    error_message = "worker_pool runs ingest and the engine"
  }
  assert {
    condition     = length(module.stream["on"].jobs) == 0 && !contains(keys(local.project_roles), "roles/dataflow.worker")
    error_message = "worker_pool needs no Dataflow"
  }
}

run "dataflow_mode" {
  command = plan
  variables {
    stream_engine = "dataflow"
  }

  assert {
    condition     = module.stream["on"].pools == ["quake-dev-ingest"] && module.stream["on"].jobs == ["quake-dev-engine"]
    error_message = "dataflow replaces the engine's pool; ingest stays"
  }
  assert {
    condition     = local.project_roles["roles/dataflow.worker"] == toset(["engine"])
    error_message = "Dataflow's workers run as the engine"
  }
}

run "no_stream" {
  command = plan
  variables {
    stream_engine = "none"
  }

  assert {
    condition     = length(module.stream["on"].pools) + length(module.stream["on"].jobs) == 0
    error_message = "none runs nothing"
  }
}

run "map_on_cloud_run" {
  command = plan

  assert {
    condition     = length(module.dashboard_cloud_run) == 1 && length(module.dashboard_app_engine) == 0
    error_message = "cloud_run deploys to App Engine too, or not at all"
  }
  assert {
    condition     = jsondecode(module.api["on"].environment.QUAKE_CORS_ORIGINS) == ["https://quake-dev-dashboard-123456789.europe-west1.run.app"]
    error_message = "the map's page may not open the stream"
  }
}

run "map_on_app_engine" {
  command = plan
  variables {
    dashboard = "app_engine"
  }

  assert {
    condition     = length(module.dashboard_cloud_run) == 0 && length(module.dashboard_app_engine) == 1
    error_message = "app_engine deploys to Cloud Run too, or not at all"
  }
  assert {
    condition     = module.dashboard_app_engine["on"].applications == 0
    error_message = "an App Engine application is for good: it is made only when asked"
  }
}

run "gateway_beside_the_api" {
  command = plan

  assert {
    condition     = module.gateway["on"].runs.image == module.api["on"].runs.image && module.gateway["on"].runs.command == tolist(["python", "-m", "serving.gateway"]) && module.api["on"].runs.command == null
    error_message = "the gateway is the API's image with a command of its own"
  }
  assert {
    condition     = module.gateway["on"].environment.QUAKE_STREAM_PORT == "8080" && module.gateway["on"].environment.QUAKE_API_HOST == "0.0.0.0"
    error_message = "the gateway listens where Cloud Run does not ask"
  }
  assert {
    condition     = module.gateway["on"].runs.affinity && alltrue([for service in [module.api["on"], module.gateway["on"]] : service.runs.timeout == "3600s" && service.runs.instances.min >= 1])
    error_message = "a stream ends before Cloud Run's hour, forgets its instance, or waits for a cold start"
  }
}

run "the_gateway_is_announced" {
  command = plan
  variables {
    public = ["api", "gateway"]
  }

  assert {
    condition     = module.api["on"].environment.QUAKE_STREAM_URL == "wss://quake-dev-gateway-123456789.europe-west1.run.app/v1/alerts/stream"
    error_message = "without a domain nobody learns where the gateway is"
  }
  assert {
    condition     = output.api_url == "https://quake-dev-api-123456789.europe-west1.run.app" && module.api["on"].environment.QUAKE_API_URL == output.api_url
    error_message = "without a domain the API does not know its own address, which Atom and CAP link to"
  }
}

run "a_gateway_that_is_not_public_is_not_announced" {
  command = plan
  variables {
    public = ["api"]
  }

  assert {
    condition     = !contains(keys(module.api["on"].environment), "QUAKE_STREAM_URL")
    error_message = "/v1 names a stream that Cloud Run answers with 403"
  }
}

run "channels_when_asked" {
  command = plan
  variables {
    alert_sender = "alerts@example.org"
  }

  assert {
    condition     = module.channels["on"].name == "quake-dev-channels" && module.channels["on"].runs.command == tolist(["python", "-m", "alerts"])
    error_message = "a sender brings the process that sends"
  }
  assert {
    condition     = module.channels["on"].environment.QUAKE_SENDER == "alerts@example.org" && module.api["on"].environment.QUAKE_SENDER == "alerts@example.org"
    error_message = "mail and CAP name different senders"
  }
  assert {
    condition     = module.channels["on"].environment.QUAKE_API_URL == module.api["on"].environment.QUAKE_API_URL
    error_message = "a mail links to another place than the API's own pages"
  }
  assert {
    condition     = module.messaging.subscriptions["notify"] == "quake-dev-notify"
    error_message = "the channels have no subscription of their own"
  }
}

run "no_channels_unless_asked" {
  command = plan

  assert {
    condition     = length(module.channels) == 0 && !contains(keys(module.messaging.subscriptions), "notify")
    error_message = "somebody is told though nobody asked, or a subscription grows that nobody reads"
  }
}

run "hours_between_grids" {
  command = plan
  variables {
    forecast_hours = 6
  }

  assert {
    condition     = module.stream["on"].environments["engine"].QUAKE_FORECAST_HOURS == "6"
    error_message = "the engine issues grids at other hours"
  }
}

run "prefect_when_asked" {
  command = plan
  variables {
    enable_prefect_server = true
  }

  assert {
    condition     = join(",", module.prefect["on"].sidecars) == "worker" && length(module.prefect["on"].invokers) == 0
    error_message = "enable_prefect_server starts server and worker, which nobody calls from outside"
  }
}

run "no_prefect_unless_asked" {
  command = plan

  assert {
    condition     = length(module.prefect) == 0
    error_message = "Prefect runs though nobody asked"
  }
}

run "one_name_for_two_services" {
  command = plan
  variables {
    domain = "quake.example.org"
  }

  assert {
    condition     = length(module.edge) == 1 && output.api_url == "https://quake.example.org"
    error_message = "a domain brings the load balancer and becomes the API's address"
  }
  assert {
    condition     = module.api["on"].environment.QUAKE_STREAM_URL == "wss://quake.example.org/v1/alerts/stream"
    error_message = "the stream is announced past the load balancer"
  }
}

run "no_deployer_from_outside_unless_asked" {
  command = plan

  assert {
    condition     = length(module.ci) == 0 && length(module.edge) == 0
    error_message = "without repository and domain there is no federation and no load balancer"
  }
}
