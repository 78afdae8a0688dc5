#!/bin/sh
# Plans the commit; only this very plan is applied afterwards.
. terraform/deploy/environment.sh

cd terraform
terraform init -input=false -reconfigure -backend-config="bucket=$_STATE_BUCKET" -backend-config="prefix=quake/$_ENVIRONMENT"
terraform plan -input=false -lock-timeout=5m -out=/workspace/plan -var-file="envs/$_ENVIRONMENT.tfvars" \
    -var="project_id=$PROJECT_ID" -var="region=$_REGION" -var="image_tag=$COMMIT_SHA" -var="state_bucket=$_STATE_BUCKET"
