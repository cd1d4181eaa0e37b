PS4='+ $(date -u +%Y-%m-%dT%H:%M:%SZ) '
df -h /srv/acme/redis
du -sh /srv/acme/redis
find /proc/[0-9]*/fd -lname '/srv/acme/redis/*(deleted)' -printf '%p -> %l\n' 2>/dev/null
