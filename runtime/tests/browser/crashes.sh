#!/bin/sh
# A browser whose page crashes as soon as it is there: commands are numbered from one, so the answers are known beforehand.
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
printf '{"method":"Inspector.targetCrashed","params":{},"sessionId":"S"}\0' >&4
sleep 300
