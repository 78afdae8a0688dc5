# One service account a workload. Roles are granted where the resource is; here are only those that have no smaller home.

locals {
  accounts = {
    for name, account in google_service_account.this : name => "${account.account_id}@${account.project}.iam.gserviceaccount.com"
  }
  grants = merge([for role, names in var.project_roles : { for name in names : "${role} ${name}" => { role = role, name = name } }]...)
}

resource "google_service_account" "this" {
  for_each = var.accounts

  project      = var.project
  account_id   = "${var.name}-${each.key}"
  display_name = "Quakestream ${each.key}"
  description  = each.value
}

resource "google_project_iam_member" "this" {
  for_each = local.grants

  project = var.project
  role    = each.value.role
  member  = "serviceAccount:${local.accounts[each.value.name]}"
}

# Each instance of the API has a subscription of its own, which it makes when it starts; Pub/Sub has no condition on
# names, so the role is as small as it can be instead.
resource "google_project_iam_custom_role" "instance_subscriber" {
  project     = var.project
  role_id     = "${replace(var.name, "-", "_")}_instance_subscriber"
  title       = "Quakestream instance subscriber (${var.name})"
  description = "Makes, reads and forgets a subscription of one's own."
  permissions = [
    "pubsub.subscriptions.consume",
    "pubsub.subscriptions.create",
    "pubsub.subscriptions.delete",
    "pubsub.subscriptions.get",
  ]
}

resource "google_project_iam_member" "instance_subscriber" {
  for_each = var.instance_subscribers

  project = var.project
  role    = google_project_iam_custom_role.instance_subscriber.name
  member  = "serviceAccount:${local.accounts[each.key]}"
}
