locals {
  name    = "quake-${var.environment}"
  protect = var.environment == "prod"
  labels  = { service = "quakestream", environment = var.environment }

  # One service account a workload; nothing runs as another's.
  accounts = {
    ingest    = "Listens to the feeds and puts reports on the bus."
    engine    = "Scores reports, writes the warehouse, publishes alerts."
    api       = "Answers HTTP."
    gateway   = "Holds the alert streams."
    channels  = "Hands alerts to subscribers by mail and webhook."
    dashboard = "The map: speaks HTTP to the API only."
    batch     = "Bootstrap, training and other jobs."
    vertex    = "Training jobs on Vertex AI."
    mlflow    = "Tracking server and model registry."
    prefect   = "Flow server and worker."
    trigger   = "Starts the training job when topic retrain asks."
    scheduler = "Starts jobs by the clock."
    deployer  = "Cloud Build: tests, builds, plans, applies."
    checker   = "Cloud Build on pull requests: may write logs, nothing else."
  }

  # A job is a command of `quake`; a row here is all it takes.
  jobs = {
    bootstrap = { args = ["bootstrap"], schedule = "17 3 * * *", memory = "4Gi", cpu = "2", timeout = "3600s" }
    score     = { args = ["flows", "run", "score"], schedule = "37 3 * * *", memory = "4Gi", cpu = "2", timeout = "3600s" }
    drift     = { args = ["flows", "run", "drift"], schedule = "7 4 * * *", memory = "4Gi", cpu = "2", timeout = "3600s" }
    retrain   = { args = ["flows", "run", "retrain"], schedule = "", memory = "8Gi", cpu = "4", timeout = "14400s" }
  }

  registry = "${var.region}-docker.pkg.dev/${var.project_id}/${local.name}"
  images   = { for name in ["worker", "serving", "batch", "dashboard", "mlflow", "stream"] : name => "${local.registry}/${name}:${var.image_tag}" }

  workloads = var.deploy_workloads ? toset(["on"]) : toset([])
  prefect   = var.deploy_workloads && var.enable_prefect_server ? toset(["on"]) : toset([])
  channels  = var.deploy_workloads && var.alert_sender != "" ? toset(["on"]) : toset([])
  edge      = var.deploy_workloads && var.domain != "" ? toset(["on"]) : toset([])

  # Cloud Run's addresses are known beforehand: no circle between a service and what it announces.
  run_hosts = { for service in ["api", "dashboard", "gateway"] : service => "${local.name}-${service}-${data.google_project.this.number}.${var.region}.run.app" }
  api_url   = "https://${var.domain != "" ? var.domain : local.run_hosts.api}"
  environment = {
    QUAKE_BUS       = "pubsub://${var.project_id}?prefix=${local.name}-"
    QUAKE_WAREHOUSE = "bigquery://${var.project_id}/${module.warehouse.dataset}"
    QUAKE_STORAGE   = "gs://${module.storage.names["state"]}"
    QUAKE_LOG_JSON  = "true"
    QUAKE_DATA      = "/tmp/quake"
  }
}
