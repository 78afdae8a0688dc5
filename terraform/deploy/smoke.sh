#!/bin/sh
# Asks the new API whether it lives and is ready; if not, traffic goes back to the revisions noted before, and the build
# fails. Asks with an identity token, so that it works on a service that is not public.
. terraform/deploy/environment.sh

revisions=${1:-/workspace/revisions}

answers() {
    token=$(gcloud auth print-identity-token)
    for attempt in 1 2 3 4 5 6; do
        code=$(curl --silent --output /dev/null --write-out '%{http_code}' --max-time 20 \
            --header "Authorization: Bearer $token" "$1") || code=000
        [ "$code" = 200 ] && return 0
        echo "attempt $attempt: $1 answered $code" >&2
        sleep "${SMOKE_PAUSE:-10}"
    done
    return 1
}

roll_back() {
    while read -r service revision; do
        [ -n "$revision" ] || continue
        gcloud run services update-traffic "$service" --region "$_REGION" --project "$PROJECT_ID" --to-revisions "$revision=100"
    done <"$revisions"
}

url=${SMOKE_URL:-}
if [ -z "$url" ]; then
    url=$(gcloud run services describe "$NAME-api" --region "$_REGION" --project "$PROJECT_ID" --format='value(status.url)')
    [ -z "${_DOMAIN:-}" ] || url="https://$_DOMAIN"
fi
if answers "$url/health/live" && answers "$url/health/ready"; then
    echo "the new revision answers"
    exit 0
fi
echo "the new revision does not answer: traffic goes back" >&2
roll_back
exit 1
