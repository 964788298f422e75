#!/bin/sh
# A browser that ends at once.
echo "no usable sandbox" >&2
exit 21
