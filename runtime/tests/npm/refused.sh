#!/bin/sh
# An npm whose registry cannot be reached.
echo "npm error code ECONNREFUSED" >&2
echo "npm error network request to the registry failed" >&2
exit 1
