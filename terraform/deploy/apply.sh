#!/bin/sh
# Applies the saved plan: Terraform refuses it when the state has changed since.
set -eu
cd terraform
terraform apply -input=false -lock-timeout=5m /workspace/plan
