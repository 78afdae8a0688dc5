variable "project" {
  type = string
}

variable "services" {
  description = "APIs to switch on, without `.googleapis.com`."
  type        = set(string)
}

resource "google_project_service" "this" {
  for_each = var.services

  project                    = var.project
  service                    = "${each.key}.googleapis.com"
  disable_on_destroy         = false
  disable_dependent_services = false
}
