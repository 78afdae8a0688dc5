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
  type = bool
}

variable "members" {
  description = "Workload to IAM member."
  type        = map(string)
}

variable "secrets" {
  description = "Secret to the workloads that read it."
  type        = map(set(string))
}
