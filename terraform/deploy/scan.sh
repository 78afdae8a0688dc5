#!/bin/sh
# Looks for known vulnerabilities in every image before it is pushed; a critical one ends the build.
. terraform/deploy/environment.sh

for image in $IMAGES; do
    scan=$(gcloud artifacts docker images scan "$REGISTRY/$image:$COMMIT_SHA" --format='value(response.scan)')
    found=$(gcloud artifacts docker images list-vulnerabilities "$scan" --format='value(vulnerability.effectiveSeverity)')
    if echo "$found" | grep -qx CRITICAL; then
        echo "$image has a critical vulnerability: see $scan" >&2
        exit 1
    fi
done
