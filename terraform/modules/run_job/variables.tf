variable "project" {
  type = string
}

variable "region" {
  type = string
}

variable "name" {
  type = string
}

variable "image" {
  type = string
}

variable "args" {
  type = list(string)
}

variable "service_account" {
  type = string
}

variable "environment" {
  type = map(string)
}

variable "cpu" {
  type = string
}

variable "memory" {
  type = string
}

variable "timeout" {
  type = string
}

variable "protect" {
  type = bool
}

variable "schedule" {
  description = "When it starts, in cron's words and UTC; empty: only when asked."
  type        = string
}

variable "scheduler" {
  description = "Service account that the clock uses."
  type        = string
}

variable "starters" {
  description = "Name to who may start the job, and with which role."
  type        = map(object({ role = string, member = string }))
}
