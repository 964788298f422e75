#!/bin/sh
# A browser that speaks no JSON.
printf 'HTTP/1.1 200 OK\0' >&4
sleep 300
