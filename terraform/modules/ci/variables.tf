variable "project" {
  type = string
}

variable "project_number" {
  type = string
}

variable "region" {
  type = string
}

variable "name" {
  type = string
}

variable "repository" {
  description = "GitHub repository OWNER/NAME."
  type        = string
}

variable "deployer" {
  description = "Service account that builds and deploys."
  type        = string
}

variable "checker" {
  description = "Service account that builds pull requests, whose code nobody has read yet."
  type        = string
}

variable "substitutions" {
  description = "What the builds of main and of releases are told."
  type        = map(string)
}
