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

variable "command" {
  description = "Program in place of the image's entry point."
  type        = list(string)
  default     = null
}

variable "args" {
  description = "Arguments to the image's entry point."
  type        = list(string)
  default     = null
}

variable "service_account" {
  type = string
}

variable "environment" {
  type    = map(string)
  default = {}
}

variable "secrets" {
  description = "Variable to the secret that fills it."
  type        = map(string)
  default     = {}
}

variable "invokers" {
  description = "Name to IAM member that may call the service."
  type        = map(string)
}

variable "behind_balancer" {
  description = "Refuses requests that do not come through the load balancer or from inside."
  type        = bool
  default     = false
}

variable "protect" {
  type = bool
}

variable "health" {
  description = "Path that says the process lives. Not /healthz: Cloud Run keeps that name to itself."
  type        = string

  validation {
    condition     = startswith(var.health, "/") && var.health != "/healthz"
    error_message = "health must be a path, and not /healthz, which Cloud Run keeps to itself."
  }
}

variable "cpu" {
  type    = string
  default = "1"
}

variable "memory" {
  type    = string
  default = "1Gi"
}

variable "cpu_always" {
  description = "Keeps the processor between requests: what listens to the bus needs it."
  type        = bool
  default     = false
}

variable "timeout" {
  type    = string
  default = "60s"
}

variable "session_affinity" {
  description = "Brings a client back to the instance that served it, as far as Cloud Run can."
  type        = bool
  default     = false
}

variable "concurrency" {
  type    = number
  default = 80
}

variable "instances" {
  type    = object({ min = number, max = number })
  default = { min = 0, max = 2 }
}

variable "sidecars" {
  description = "Further containers of each instance, which reach the main one at 127.0.0.1."
  type        = map(object({ image = string, args = list(string), cpu = string, memory = string, environment = map(string) }))
  default     = {}
}

variable "database" {
  description = "PostgreSQL at 127.0.0.1:5432, through Google's proxy and the service's own identity."
  type        = object({ connection = string, network = string, subnetwork = string })
  default     = null
}
