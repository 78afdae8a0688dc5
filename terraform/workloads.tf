# What runs beside serving.tf's and dashboards.tf's. Everything here waits for images: deploy_workloads.

module "mlflow" {
  source          = "./modules/run_service"
  for_each        = local.workloads
  project         = var.project_id
  region          = var.region
  name            = "${local.name}-mlflow"
  image           = local.images.mlflow
  service_account = module.identity.emails["mlflow"]
  environment = {
    MLFLOW_BACKEND_STORE_URI     = "postgresql+psycopg2://${urlencode(module.database.users["mlflow"])}@127.0.0.1:5432/mlflow"
    MLFLOW_ARTIFACTS_DESTINATION = "gs://${module.storage.names["mlflow"]}"
    MLFLOW_SERVER_ALLOWED_HOSTS  = "*.run.app,localhost:*,127.0.0.1:*"
  }
  invokers = { for name in ["batch", "vertex", "prefect"] : name => module.identity.members[name] }
  protect  = local.protect
  health   = "/health"
  memory   = "2Gi"
  database = local.database
}

module "prefect" {
  source          = "./modules/run_service"
  for_each        = local.prefect
  project         = var.project_id
  region          = var.region
  name            = "${local.name}-prefect"
  image           = local.images.batch
  args            = ["prefect", "server", "start", "--host", "0.0.0.0", "--port", "8080"]
  service_account = module.identity.emails["prefect"]
  environment = {
    PREFECT_API_DATABASE_CONNECTION_URL = "postgresql+asyncpg://${urlencode(module.database.users["prefect"])}@127.0.0.1:5432/prefect"
    PREFECT_HOME                        = "/tmp/prefect"
    DO_NOT_TRACK                        = "1"
  }
  invokers   = {}
  protect    = local.protect
  health     = "/api/health"
  memory     = "2Gi"
  cpu_always = true
  instances  = { min = 1, max = 1 }
  database   = local.database

  # Beside the server, so that it needs no way through the front door: Prefect's client has no Google identity to show.
  sidecars = {
    worker = {
      image       = local.images.batch
      args        = ["prefect", "worker", "start", "--type", "process", "--pool", local.name]
      memory      = "8Gi"
      cpu         = "2"
      environment = merge(local.batch_environment, { PREFECT_API_URL = "http://127.0.0.1:8080/api", DO_NOT_TRACK = "1" })
    }
  }
}

module "job" {
  source          = "./modules/run_job"
  for_each        = var.deploy_workloads ? local.jobs : {}
  project         = var.project_id
  region          = var.region
  name            = "${local.name}-${each.key}"
  image           = local.images[each.value.runs.image]
  args            = concat(each.value.runs.entry, each.value.args)
  service_account = module.identity.emails[each.value.runs.account]
  environment     = local.batch_environment
  cpu             = each.value.cpu
  memory          = each.value.memory
  timeout         = each.value.timeout
  protect         = local.protect
  schedule        = each.value.schedule
  scheduler       = module.identity.emails["scheduler"]
  starters = merge(
    each.value.schedule == "" ? {} : { scheduler = { role = "roles/run.invoker", member = module.identity.members["scheduler"] } },
    each.key == "retrain" ? {
      trigger = { role = "roles/run.invoker", member = module.identity.members["trigger"] }
      looks   = { role = "roles/run.viewer", member = module.identity.members["trigger"] }
    } : {},
  )
}

module "stream" {
  source       = "./modules/stream"
  for_each     = local.workloads
  project      = var.project_id
  region       = var.region
  name         = local.name
  engine       = var.stream_engine
  protect      = local.protect
  accounts     = { ingest = module.identity.emails["ingest"], engine = module.identity.emails["engine"] }
  environment  = local.environment
  epoch        = substr(var.image_tag, 0, 12)
  snapshot     = var.stream_snapshot
  worker_image = local.images.worker
  stream_image = local.images.stream
  template     = "gs://${module.storage.names["build"]}/templates/stream-${var.image_tag}.json"
  subnetwork   = module.network.subnetwork
  build_bucket = module.storage.names["build"]

  providers = {
    google      = google
    google-beta = google-beta
  }
}

module "retrain_function" {
  source          = "./modules/retrain_function"
  for_each        = local.workloads
  project         = var.project_id
  region          = var.region
  name            = local.name
  topic           = module.messaging.topic_ids["retrain"]
  job             = module.job["retrain"].name
  service_account = module.identity.emails["trigger"]
  builder         = module.identity.emails["deployer"]
  source_bucket   = module.storage.names["build"]
  source_object   = "functions/retrain-${var.image_tag}.zip"
}

locals {
  database = { connection = module.database.connection_name, network = module.network.network, subnetwork = module.network.subnetwork }
  batch_environment = merge(local.environment, {
    QUAKE_REGISTRY       = coalesce(one([for service in module.mlflow : service.uri]), "none")
    MLFLOW_TRACKING_AUTH = "google-identity"
  })
}
