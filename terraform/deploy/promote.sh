#!/bin/sh
# A release builds nothing: it takes the images that were tested under the same commit from another registry.
. terraform/deploy/environment.sh

for image in $IMAGES; do
    gcloud artifacts docker images describe "$REGISTRY/$image:$COMMIT_SHA" >/dev/null 2>&1 && continue
    docker pull "$_FROM_REGISTRY/$image:$COMMIT_SHA"
    docker tag "$_FROM_REGISTRY/$image:$COMMIT_SHA" "$REGISTRY/$image:$COMMIT_SHA"
    docker push "$REGISTRY/$image:$COMMIT_SHA"
done
