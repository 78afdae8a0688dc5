# Watching, the front door, and who may deploy.

module "observability" {
  source          = "./modules/observability"
  project         = var.project_id
  project_number  = data.google_project.this.number
  name            = local.name
  engine          = var.stream_engine
  email           = var.alert_email
  topics          = module.messaging.topics
  subscriptions   = module.messaging.subscriptions
  dead_letters    = module.messaging.dead_letters
  hosts           = local.hosts
  silence_minutes = var.silence_minutes
  billing_account = var.billing_account
  monthly_budget  = var.monthly_budget
  depends_on      = [module.services]
}

module "edge" {
  source   = "./modules/edge"
  for_each = local.edge
  project  = var.project_id
  region   = var.region
  name     = local.name
  domain   = var.domain
  network  = module.network.network
  services = { api = module.api["on"].name, gateway = module.gateway["on"].name }
}

module "ci" {
  source         = "./modules/ci"
  for_each       = var.repository == "" ? toset([]) : toset(["on"])
  project        = var.project_id
  project_number = data.google_project.this.number
  region         = var.region
  name           = local.name
  repository     = var.repository
  deployer       = module.identity.emails["deployer"]
  checker        = module.identity.emails["checker"]
  substitutions  = { _ENVIRONMENT = var.environment, _REGION = var.region, _STATE_BUCKET = var.state_bucket, _DOMAIN = var.domain }
}

locals {
  watched = merge(
    contains(var.public, "api") ? { api = local.api_url } : {},
    contains(var.public, "dashboard") ? { dashboard = one([for service in module.dashboard_cloud_run : service.uri]) } : {},
  )
  hosts = { for name, url in local.watched : name => trimprefix(coalesce(url, "none"), "https://") if var.deploy_workloads && (name == "api" || var.dashboard == "cloud_run") }
}
