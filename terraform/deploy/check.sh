#!/bin/sh
# Format, validity and tests of the configuration; needs no credentials.
set -eu
cd terraform
terraform fmt -check -recursive -diff .
terraform init -backend=false -input=false
terraform validate
terraform test
