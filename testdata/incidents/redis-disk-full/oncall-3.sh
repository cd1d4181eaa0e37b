PS4='+ $(date -u +%Y-%m-%dT%H:%M:%SZ) '
df -h /srv/acme/redis
redis-cli -h "$REDIS" -a "$PASSWORD" PING
redis-cli -h "$REDIS" -a "$PASSWORD" INFO persistence
