# What lasts: identities, network, stores, bus. Workloads are in workloads.tf, watching and deploying in operations.tf.

data "google_project" "this" {
  project_id = var.project_id
}

module "services" {
  source  = "./modules/services"
  project = var.project_id
  services = [
    "aiplatform", "appengine", "appengineflex", "artifactregistry", "bigquery", "bigquerystorage", "billingbudgets", "certificatemanager", "cloudbuild",
    "cloudfunctions", "cloudresourcemanager", "cloudscheduler", "compute", "dataflow", "eventarc", "iam", "iamcredentials", "logging",
    "monitoring", "ondemandscanning", "pubsub", "run", "secretmanager", "servicenetworking", "sqladmin", "storage", "sts",
  ]
}

module "network" {
  source     = "./modules/network"
  project    = var.project_id
  region     = var.region
  name       = local.name
  depends_on = [module.services]
}

module "identity" {
  source               = "./modules/identity"
  project              = var.project_id
  name                 = local.name
  accounts             = local.accounts
  project_roles        = local.project_roles
  instance_subscribers = local.instance_subscribers
  depends_on           = [module.services]
}

module "registry" {
  source     = "./modules/registry"
  project    = var.project_id
  region     = var.region
  name       = local.name
  writer     = module.identity.members["deployer"]
  readers    = { for name in ["engine", "dashboard", "vertex"] : name => module.identity.members[name] }
  depends_on = [module.services]
}

module "storage" {
  source     = "./modules/storage"
  project    = var.project_id
  region     = var.region
  name       = local.name
  protect    = local.protect
  members    = module.identity.members
  buckets    = local.buckets
  depends_on = [module.services]
}

module "warehouse" {
  source          = "./modules/warehouse"
  project         = var.project_id
  region          = var.region
  name            = replace(local.name, "-", "_")
  protect         = local.protect
  members         = module.identity.members
  readers         = ["api", "gateway", "ingest", "channels"]
  writers         = ["engine", "batch", "prefect"]
  table_writers   = { deliveries = ["channels"], delivery_log = ["channels"] }
  archive_readers = ["engine"]
  depends_on      = [module.services]
}

module "messaging" {
  source               = "./modules/messaging"
  project              = var.project_id
  project_number       = data.google_project.this.number
  region               = var.region
  prefix               = "${local.name}-"
  members              = module.identity.members
  publishers           = { events = ["ingest"], alerts = ["engine"], retrain = ["batch", "engine", "prefect"], model_decisions = ["batch", "prefect"] }
  subscribers          = merge({ engine = ["engine"] }, var.alert_sender == "" ? {} : { notify = ["channels"] })
  watchers             = { engine = ["ingest"] }
  instance_subscribers = local.instance_subscribers
  archive_dataset      = module.warehouse.archive_dataset
  archive_tables       = module.warehouse.archive_tables
  depends_on           = [module.services]
}

module "secrets" {
  source     = "./modules/secrets"
  project    = var.project_id
  region     = var.region
  name       = local.name
  protect    = local.protect
  members    = module.identity.members
  secrets    = { api-keys = ["api", "gateway"], smtp = ["channels"] }
  depends_on = [module.services]
}

module "database" {
  source    = "./modules/database"
  project   = var.project_id
  region    = var.region
  name      = local.name
  protect   = local.protect
  network   = module.network.network
  databases = merge({ mlflow = module.identity.emails["mlflow"] }, var.enable_prefect_server ? { prefect = module.identity.emails["prefect"] } : {})
}

module "vertex" {
  source          = "./modules/vertex"
  project         = var.project_id
  service_account = module.identity.emails["vertex"]
  submitters      = { for name in ["batch", "prefect"] : name => module.identity.members[name] }
}
