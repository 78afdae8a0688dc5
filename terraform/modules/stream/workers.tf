# What runs without being asked: ingest always, the engine unless Dataflow does its work. One instance each: the order of
# reports has one author, and so has the order of alerts.

locals {
  pools = var.engine == "none" ? {} : merge(
    { ingest = { args = ["ingest"], memory = "1Gi", account = var.accounts.ingest } },
    var.engine == "worker_pool" ? { engine = { args = ["score"], memory = "4Gi", account = var.accounts.engine } } : {},
  )
}

module "pool" {
  source   = "../run_pool"
  for_each = local.pools

  project         = var.project
  region          = var.region
  name            = "${var.name}-${each.key}"
  image           = var.worker_image
  args            = each.value.args
  memory          = each.value.memory
  service_account = each.value.account
  environment     = var.environment
  protect         = var.protect
}
