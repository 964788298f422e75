#!/bin/sh
# A browser that has neither WebNN nor an adapter for WebGPU.
answer() {
    printf '{"id":%s,"result":%s}\0' "$1" "$2" >&4
}
answer 1 '{"product":"Fake/1.0"}'
answer 2 '{"targetId":"T"}'
answer 3 '{"sessionId":"S"}'
answer 4 '{}'
answer 5 '{}'
answer 6 '{}'
answer 7 '{}'
printf '{"method":"Page.loadEventFired","params":{},"sessionId":"S"}\0' >&4
answer 8 '{"result":{"value":{"hasWebNn":false,"adapter":null}}}'
sleep 300
