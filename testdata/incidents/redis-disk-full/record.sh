#!/usr/bin/env bash
# Records redis-disk-full: a debug trace and an append-only file fill the volume that they share until Redis refuses writes.
# Run by hand as root on Debian 12; takes five minutes. See ../README.md.
HERE=$(cd -- "$(dirname -- "$0")" && pwd)
PACKAGES="redis-server redis-tools haproxy logrotate python3 iproute2"
. "$HERE/../recorder/lib.sh"
sandbox "$@"

node edge   lb-ingest-01.ams.acme.internal     10.50.1.10
node cdn    cdn-egress-02.ams.acme.internal    10.50.0.7 10.50.0.8 10.50.0.9
node intake order-intake-01.prod.acme.internal 10.50.2.31
node redis  redis-orders-01.prod.acme.internal 10.50.4.12
REDIS=redis-orders-01.prod.acme.internal
PASSWORD=$(take Password 0)
URL="redis://default:$PASSWORD@$REDIS:6379/0"
plant UrlWithCredentials "$URL"
WAREHOUSE="postgresql://relay_writer:$(take Password 1)@dwh-primary-02.prod.acme.internal:5432/warehouse"
plant UrlWithCredentials "$WAREHOUSE"
plant Hostname dwh-primary-02.prod.acme.internal

# --- Redis on a volume of 12 MB -------------------------------------------------------------------------------------------------------------
mkdir -p $A/redis $A/seed
mount -t tmpfs -o size=12m,mode=755 redis-data $A/redis
chown redis: $A/redis
sed "s/@PASSWORD@/$PASSWORD/" $A/src/redis.conf >$A/seed/redis.conf
install -o redis -m 644 /dev/null $A/log/redis.log
# shellcheck disable=SC2046
run redis $(as redis) redis-server $A/seed/redis.conf &
wait_port redis 10.50.4.12 6379
cli() { on redis redis-cli -h "$REDIS" --no-auth-warning -a "$PASSWORD" "$@"; }
on redis env REDIS_URL="$URL" "$PY" $A/src/relay.py seed
cli BGREWRITEAOF >/dev/null
sleep 3
: >$A/log/redis.log

# --- services -------------------------------------------------------------------------------------------------------------------------------
RELAY=
relay() { # LEVEL CHANGE
  if [ -n "$RELAY" ]; then stop "$RELAY"; fi
  # shellcheck disable=SC2046
  run redis env REDIS_URL="$URL" WAREHOUSE_URL="$WAREHOUSE" REDIS_DATA_DIR=$A/redis LOG_LEVEL="$1" CHANGE="$2" POOL=$A/pool.json \
    $(as redis) "$PY" $A/src/relay.py >>$A/log/queue-relay.jsonl &
  RELAY=$!
}
relay info CHG-20877
run intake env REDIS_URL="$URL" POOL=$A/pool.json "$PY" $A/src/intake.py 10.50.2.31 >>$A/log/order-intake.jsonl &
INTAKE=$!
wait_port intake 10.50.2.31 8080
run edge haproxy -db -f $A/src/haproxy.cfg > >(cat >>$A/log/haproxy.log) 2>&1 & # HAProxy drops O_APPEND, cat keeps it: copytruncate needs it
HAPROXY=$!
wait_port edge 10.50.1.10 80

# --- the incident ---------------------------------------------------------------------------------------------------------------------------
clock
run cdn "$PY" $A/src/load.py $A/pool.json 288 &
LOAD=$!
(while sleep 10; do date -Is; df -k $A/redis; done >>$A/log/df.log) &
at 25;  say "rotate"; logrotate -f -s $A/run/logrotate.state $A/src/logrotate.conf
at 40;  say "debug on"; relay debug CHG-20931
at 188; say "on-call: remove the trace"
on redis env PASSWORD="$PASSWORD" REDIS="$REDIS" bash -x $A/src/oncall-1.sh >>$A/log/oncall-session.log 2>&1 || true
at 228; say "on-call: find the open file"
on redis env PASSWORD="$PASSWORD" REDIS="$REDIS" bash -x $A/src/oncall-2.sh >>$A/log/oncall-session.log 2>&1 || true
relay info CHG-20944
at 238
on redis env PASSWORD="$PASSWORD" REDIS="$REDIS" bash -x $A/src/oncall-3.sh >>$A/log/oncall-session.log 2>&1 || true
wait $LOAD
kill $HAPROXY $INTAKE "$RELAY"
cli SHUTDOWN NOSAVE >/dev/null 2>&1 || true
sleep 1
keep haproxy.log haproxy.log.1.gz redis.log queue-relay.jsonl order-intake.jsonl df.log oncall-session.log
