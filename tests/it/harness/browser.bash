#!/usr/bin/env bash
# Opens a page as a browser would: fetches it and follows where it leads. Opens pages of 127.0.0.1 alone.
set -euo pipefail

url=$1
for _ in {1..10}; do
    if ! [[ $url =~ ^http://127\.0\.0\.1:([0-9]+)(/.*)?$ ]]; then
        echo "browser: not a page of this machine: $url" >&2
        exit 1
    fi
    host=127.0.0.1:${BASH_REMATCH[1]} path=${BASH_REMATCH[2]:-/}
    exec 3<>"/dev/tcp/${host/://}"
    printf 'GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "$path" "$host" >&3
    location=
    while IFS= read -r line <&3 && [[ $line != $'\r' ]]; do
        line=${line%$'\r'}
        if [[ ${line,,} == location:* ]]; then
            location=${line#*: }
        fi
    done
    # The server may still be writing the page.
    while IFS= read -r _ <&3; do :; done
    exec 3>&-
    case $location in
    '') exit 0 ;;
    /*) url=http://$host$location ;;
    *) url=$location ;;
    esac
done
echo "browser: led in a circle: $url" >&2
exit 1
