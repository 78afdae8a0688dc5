#!/bin/sh
# The Flex Template's specification, named after the commit: Terraform replaces the job when the name changes.
. terraform/deploy/environment.sh

gcloud dataflow flex-template build "$BUILD_BUCKET/templates/stream-$COMMIT_SHA.json" \
    --image "$REGISTRY/stream:$COMMIT_SHA" --sdk-language PYTHON --metadata-file streaming/flex/metadata.json
