#!/usr/bin/env bash
# Records pg-connection-leak: a release of a checkout service that loses PostgreSQL connections, behind nginx, until "too many clients already".
# Run by hand as root on Debian 12; takes five minutes. See ../README.md.
HERE=$(cd -- "$(dirname -- "$0")" && pwd)
PACKAGES="nginx postgresql-15 python3-psycopg2 iproute2"
. "$HERE/../recorder/lib.sh"
sandbox "$@"

node edge     edge-01.fra.acme.internal        10.40.1.10
node lb       lb-public-01.fra.acme.internal   10.40.0.5 10.40.0.6
node probe    k8s-node-07.prod.acme.internal   172.20.5.9
node app1     checkout-01.prod.acme.internal   10.40.2.21
node app2     checkout-02.prod.acme.internal   10.40.2.22
node db       db-primary-01.prod.acme.internal 10.40.4.11
node report   report-03.prod.acme.internal     10.40.6.30
DB=db-primary-01.prod.acme.internal

RW_PASSWORD=$(take Password 0)
RO_PASSWORD=$(take Password 1)
NEW_RO_PASSWORD=$(take Password 2)
DSN="postgresql://checkout_rw:$RW_PASSWORD@$DB:5432/shop"
REPORT_DSN="postgresql://reporting_ro:$RO_PASSWORD@$DB:5432/shop"
plant UrlWithCredentials "$DSN"
plant UrlWithCredentials "$REPORT_DSN"

# --- database -------------------------------------------------------------------------------------------------------------------------------
PG=/usr/lib/postgresql/15/bin
install -d -o postgres -g postgres -m 700 $A/pg
install -d -o postgres -g postgres $A/pgrun
runuser -u postgres -- $PG/initdb -D $A/pg -A peer >/dev/null
cat >>$A/pg/postgresql.conf <<CONF
listen_addresses = '10.40.4.11'
unix_socket_directories = '$A/pgrun'
max_connections = 40
shared_buffers = 32MB
fsync = off
log_line_prefix = '%m [%p] %q%u@%d %h '
log_connections = on
log_disconnections = on
log_hostname = on
log_statement = ddl
log_min_duration_statement = 250
log_lock_waits = on
log_checkpoints = on
checkpoint_timeout = 60s
log_timezone = 'UTC'
timezone = 'UTC'
CONF
cat >$A/pg/pg_hba.conf <<CONF
local all postgres peer
host shop checkout_rw 10.40.2.0/24 scram-sha-256
host shop reporting_ro 10.40.6.0/24 scram-sha-256
CONF
# shellcheck disable=SC2046
run db $(as postgres) $PG/postgres -D $A/pg 2>>$A/log/postgresql.log &
wait_port db 10.40.4.11 5432
dba() { on db runuser -u postgres -- psql -X -q -h $A/pgrun "$@"; }
# The schema comes before the recorded time: restart the log after it.
dba -c "CREATE DATABASE shop"
dba -d shop -v rw="$RW_PASSWORD" -v ro="$RO_PASSWORD" -f $A/src/schema.sql
: >$A/log/postgresql.log

# --- application ----------------------------------------------------------------------------------------------------------------------------
touch $A/log/checkout-api.jsonl
declare -A PID
deploy() { # NODE RELEASE
  local n=$1
  if [ -n "${PID[$n]:-}" ]; then stop "${PID[$n]}"; sleep 1; fi
  run "$n" env RELEASE="$2" DATABASE_URL="$DSN" POOL="$A/pool.json" "$PY" $A/src/app.py "$(getent hosts "${FQDN[$n]}" | cut -d' ' -f1)" \
    >>$A/log/checkout-api.jsonl &
  PID[$n]=$!
}
deploy app1 4.17.2
deploy app2 4.17.2
wait_port app1 10.40.2.21 8080
wait_port app2 10.40.2.22 8080

# --- edge -----------------------------------------------------------------------------------------------------------------------------------
mkdir -p $A/nginx
cp $A/src/nginx.conf $A/nginx/
run edge nginx -p $A/nginx -c $A/nginx/nginx.conf &
wait_port edge 10.40.1.10 80
: >$A/log/nginx-error.log

# --- the incident ---------------------------------------------------------------------------------------------------------------------------
clock
run lb "$PY" $A/src/load.py $A/pool.json 296 &
LOAD=$!
run probe "$PY" $A/src/probe.py 10.40.1.10 5 296 &
(for i in $(seq 9); do
  on report psql -X -q "$REPORT_DSN?application_name=nightly-revenue" -c "SELECT date_trunc('hour', placed_at), count(*), sum(total_cents) FROM orders GROUP BY 1" >/dev/null 2>&1 || true
  sleep 31
done) &
at 20;  say "role change";   dba -d shop -c "ALTER ROLE billing_ro WITH PASSWORD '$NEW_RO_PASSWORD' VALID UNTIL '2027-03-31'"
at 50;  say "rollout 4.18.0"; deploy app1 4.18.0
at 58;  deploy app2 4.18.0
at 165; say "restart, same release"; deploy app1 4.18.0; deploy app2 4.18.0
at 252; say "rollback"; deploy app1 4.17.2; deploy app2 4.17.2
wait $LOAD
stop "${PID[app1]}"
stop "${PID[app2]}"
sleep 1
on edge nginx -p $A/nginx -c $A/nginx/nginx.conf -s quit 2>/dev/null || true
kill -INT "$(head -1 $A/pg/postmaster.pid)"
sleep 2
keep nginx-access.log nginx-error.log checkout-api.jsonl postgresql.log
