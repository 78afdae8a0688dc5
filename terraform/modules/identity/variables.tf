variable "project" {
  type = string
}

variable "name" {
  type = string
}

variable "accounts" {
  description = "Workload to what it does."
  type        = map(string)
}

variable "project_roles" {
  description = "Role to the workloads that have it on the whole project."
  type        = map(set(string))

  validation {
    condition     = length(setintersection(keys(var.project_roles), ["roles/owner", "roles/editor", "roles/viewer"])) == 0
    error_message = "Basic roles reach everything: grant the resource's own role instead."
  }
}

variable "instance_subscribers" {
  description = "Workloads whose instances make a subscription each."
  type        = set(string)
}
