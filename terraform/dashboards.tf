# The map, on one of two products from one image.

locals {
  on_app_engine = var.deploy_workloads && var.dashboard == "app_engine" ? toset(["on"]) : toset([])
  on_cloud_run  = var.deploy_workloads && var.dashboard == "cloud_run" ? toset(["on"]) : toset([])
  # Pages that may open the alert stream.
  map_origins = distinct(concat(var.dashboard == "cloud_run" ? ["https://${local.run_hosts.dashboard}"] : ["https://${var.project_id}.appspot.com"], tolist(var.map_origins)))

  dashboard_variables = { QUAKE_API_URL = local.api_url, QUAKE_LOG_JSON = "true" }
}

module "dashboard_app_engine" {
  source             = "./modules/dashboard_app_engine"
  for_each           = local.on_app_engine
  project            = var.project_id
  region             = var.region
  name               = local.name
  create_application = var.create_app_engine
  protect            = local.protect
  commit             = var.image_tag
  image              = local.images.dashboard
  service_account    = module.identity.emails["dashboard"]
  environment        = local.dashboard_variables
  network            = local.name
  subnetwork         = module.network.subnetwork
}

module "dashboard_cloud_run" {
  source          = "./modules/run_service"
  for_each        = local.on_cloud_run
  project         = var.project_id
  region          = var.region
  name            = "${local.name}-dashboard"
  image           = local.images.dashboard
  service_account = module.identity.emails["dashboard"]
  environment     = local.dashboard_variables
  invokers        = contains(var.public, "dashboard") ? { everyone = "allUsers" } : {}
  protect         = local.protect
  health          = "/_stcore/health"
  memory          = "2Gi"
  timeout         = "3600s"
  instances       = { min = 0, max = 3 }
}
