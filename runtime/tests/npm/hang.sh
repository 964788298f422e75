#!/bin/sh
# A download in which nothing ever arrives; ends by itself in case nobody ends it.
exec sleep 60
