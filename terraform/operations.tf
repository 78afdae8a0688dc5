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
  stream   = local.stream_path
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
  watched = { api = trimprefix(local.api_url, "https://"), dashboard = local.run_hosts.dashboard }
  hosts   = { for name, host in local.watched : name => host if var.deploy_workloads && contains(var.public, name) && (name == "api" || var.dashboard == "cloud_run") }
}
