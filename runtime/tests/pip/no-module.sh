#!/bin/sh
# A Python without pip.
echo "/usr/bin/python3: No module named pip" >&2
exit 1
