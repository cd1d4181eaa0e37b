PS4='+ $(date -u +%Y-%m-%dT%H:%M:%SZ) '
redis-cli -h "$REDIS" -a "$PASSWORD" PING
redis-cli -h "$REDIS" -a "$PASSWORD" INFO persistence
df -h /srv/acme/redis
ls -lh /srv/acme/redis /srv/acme/redis/appendonlydir
tail -c 1500 /srv/acme/redis/relay-trace.log
rm -v /srv/acme/redis/relay-trace.log
df -h /srv/acme/redis
