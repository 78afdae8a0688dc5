#!/bin/sh
# Notes which revision of each service answers now, for the way back.
. terraform/deploy/environment.sh

out=${1:-/workspace/revisions}
: >"$out"
for service in api gateway; do
    revision=$(gcloud run services describe "$NAME-$service" --region "$_REGION" --project "$PROJECT_ID" \
        --format='value(status.latestReadyRevisionName)' 2>/dev/null) || revision=""
    echo "$NAME-$service $revision" >>"$out"
done
