#!/bin/sh
# A browser that says nothing, with a child that would outlive it.
sleep 300 &
echo $! >"$(dirname "$0")/child"
wait
