#!/bin/sh
# images.sh build|push: every image under the commit's name. A name once pushed never changes, so a second run skips it.
. terraform/deploy/environment.sh

dockerfile() {
    if [ "$1" = stream ]; then echo streaming/flex/Dockerfile; else echo "docker/$1/Dockerfile"; fi
}

for image in $IMAGES; do
    name="$REGISTRY/$image:$COMMIT_SHA"
    case "$1" in
        build) docker build --file "$(dockerfile "$image")" --tag "$name" . ;;
        push) docker manifest inspect "$name" >/dev/null 2>&1 || docker push "$name" ;;
        *) echo "usage: images.sh build|push" >&2; exit 2 ;;
    esac
done
