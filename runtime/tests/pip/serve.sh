#!/bin/sh
# Stands in for `python3 -m pip download … --dest DIR NAME==VERSION`: copies the wheel that lies beside this script.
# The test links to it from a folder of its own, so `$0` names that folder; `calls` counts how often it ran.
here=$(dirname "$0")
echo call >>"$here/calls"
while [ "$1" != --dest ]; do
    shift
done
# As slow as a download, so that a second process has to wait.
sleep 0.3
cp "$here"/*.whl "$2"/
