#!/bin/sh
# The real pip with an index on a port where nobody listens.
unset PIP_FIND_LINKS PIP_EXTRA_INDEX_URL
PIP_CONFIG_FILE=/dev/null PIP_NO_CACHE_DIR=1 PIP_INDEX_URL=http://127.0.0.1:9/simple exec python3 "$@"
