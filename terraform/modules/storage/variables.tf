variable "project" {
  type = string
}

variable "region" {
  type = string
}

variable "name" {
  type = string
}

variable "protect" {
  description = "Refuses to delete buckets that hold something."
  type        = bool
}

variable "members" {
  description = "Workload to IAM member."
  type        = map(string)
}

variable "buckets" {
  description = "Bucket to who may do what with its objects: role without `roles/storage.` to workloads; `files` to who may write them and nothing else."
  type = map(object({
    access            = map(set(string))
    files             = optional(map(set(string)), {})
    delete_after_days = optional(number)
  }))
}
