variable "project" {
  type = string
}

variable "project_number" {
  type = string
}

variable "name" {
  type = string
}

variable "engine" {
  description = "dataflow, worker_pool or none: whose logs count rows."
  type        = string
}

variable "email" {
  type = string
}

variable "topics" {
  description = "Topic to its full name."
  type        = map(string)
}

variable "subscriptions" {
  description = "Subscription to its full name."
  type        = map(string)
}

variable "dead_letters" {
  description = "Topic to the subscription that holds its dead letters."
  type        = map(string)
}

variable "hosts" {
  description = "api and dashboard to the host the world reaches them at; those that are not public are left out."
  type        = map(string)
}

variable "silence_minutes" {
  type = number
}

variable "billing_account" {
  type = string
}

variable "monthly_budget" {
  type = number
}
