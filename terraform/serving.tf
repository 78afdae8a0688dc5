# What answers and tells: API, gateway and channels, all of one image.

module "api" {
  source          = "./modules/run_service"
  for_each        = local.workloads
  project         = var.project_id
  region          = var.region
  name            = "${local.name}-api"
  image           = local.images.serving
  service_account = module.identity.emails["api"]
  environment     = merge(local.environment, local.listening, local.links, local.announced)
  secrets         = { QUAKE_API_KEYS = module.secrets.names["api-keys"] }
  invokers        = merge({ dashboard = module.identity.members["dashboard"] }, contains(var.public, "api") ? { everyone = "allUsers" } : {})
  behind_balancer = var.domain != ""
  protect         = local.protect
  health          = "/health/live"
  memory          = "2Gi"
  cpu_always      = true
  timeout         = "3600s"
  concurrency     = 250
  instances       = { min = 1, max = 5 }
}

# The same image, its own process; Cloud Run ends a request after an hour at the latest, and clients resume.
module "gateway" {
  source          = "./modules/run_service"
  for_each        = local.workloads
  project         = var.project_id
  region          = var.region
  name            = "${local.name}-gateway"
  image           = local.images.serving
  service_account = module.identity.emails["gateway"]
  command         = ["python", "-m", "serving.gateway"]
  environment     = merge(local.environment, local.listening, { QUAKE_STREAM_PORT = "8080" })
  secrets         = { QUAKE_API_KEYS = module.secrets.names["api-keys"] }
  invokers        = contains(var.public, "gateway") ? { everyone = "allUsers" } : {}
  behind_balancer = var.domain != ""
  protect         = local.protect
  health          = "/health/live"
  cpu_always      = true
  timeout         = "3600s"
  concurrency     = 1000
  # Who resumes finds what it missed in memory where it was served; any other instance reads it from the table.
  session_affinity = true
  instances        = { min = 1, max = 5 }
}

# Mail and webhooks. One instance: it takes each message of the log in turn.
module "channels" {
  source          = "./modules/run_pool"
  for_each        = local.channels
  project         = var.project_id
  region          = var.region
  name            = "${local.name}-channels"
  image           = local.images.serving
  command         = ["python", "-m", "alerts"]
  memory          = "1Gi"
  service_account = module.identity.emails["channels"]
  environment     = merge(local.environment, local.links)
  secrets         = { QUAKE_SMTP = module.secrets.names["smtp"] }
  protect         = local.protect
}

locals {
  # Google's front end ends TLS: its word on scheme and client is taken, so that the announced stream is wss://.
  listening = {
    QUAKE_API_HOST      = "0.0.0.0"
    QUAKE_API_PORT      = "8080"
    QUAKE_CORS_ORIGINS  = jsonencode(local.map_origins)
    FORWARDED_ALLOW_IPS = "*"
  }
  # Mail, CAP and Atom name who sends, and link to the API.
  links = merge({ QUAKE_API_URL = local.api_url }, var.alert_sender == "" ? {} : { QUAKE_SENDER = var.alert_sender })

  # Who may not reach the gateway is told nothing of it: the API then announces its own stream.
  stream_path = "/v1/alerts/stream"
  stream_host = var.domain != "" ? var.domain : contains(var.public, "gateway") ? local.run_hosts.gateway : ""
  announced   = local.stream_host == "" ? {} : { QUAKE_STREAM_URL = "wss://${local.stream_host}${local.stream_path}" }
}
