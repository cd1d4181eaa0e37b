#!/usr/bin/env bash
# Records tls-expiry: the certificate between nginx and a payment gateway is renewed on disk, never reloaded, and expires.
# Run by hand as root on Debian 12; takes five minutes. See ../README.md.
HERE=$(cd -- "$(dirname -- "$0")" && pwd)
PACKAGES="nginx haproxy openssl python3 iproute2"
. "$HERE/../recorder/lib.sh"
sandbox "$@"

node edge edge-02.fra.acme.internal        10.70.1.10
node lb   lb-public-04.fra.acme.internal   10.70.0.11 10.70.0.12
node gw   payments-gw-01.prod.acme.internal 10.70.3.20
node mq   mq-ledger-01.prod.acme.internal  10.70.4.8
AMQP="amqp://bridge:$(take Password 0)@mq-ledger-01.prod.acme.internal:5672/ledger"
plant UrlWithCredentials "$AMQP"

# --- certificate authority and a certificate close to its end -------------------------------------------------------------------------------
mkdir -p $A/ca $A/tls
cd $A/ca
touch index.txt
echo 1000 >serial
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 3650 -subj "/O=Acme Outfitters/CN=Acme Internal CA" 2>/dev/null
cp ca.pem $A/tls/ca.pem
cp $A/src/ca.conf $A/ca/
cd $A
LIFE=175
"$PY" $A/src/renew.py issue payments-gw-01.prod.acme.internal $LIFE >/dev/null 2>&1

# --- services -------------------------------------------------------------------------------------------------------------------------------
run gw env AMQP_URL="$AMQP" POOL=$A/pool.json "$PY" $A/src/bridge.py >>$A/log/payment-bridge.log &
wait_port gw 127.0.0.1 9000
run gw haproxy -W -db -p $A/run/haproxy-tls.pid -f $A/src/haproxy.cfg > >(cat >>$A/log/haproxy.log) 2>&1 & # HAProxy drops O_APPEND, cat keeps it
wait_port gw 10.70.3.20 8443
: >$A/log/haproxy.log
mkdir -p $A/nginx
cp $A/src/nginx.conf $A/nginx/
run edge nginx -p $A/nginx -c $A/nginx/nginx.conf &
wait_port edge 10.70.1.10 80
: >$A/log/nginx-error.log

# --- the incident ---------------------------------------------------------------------------------------------------------------------------
clock
run lb "$PY" $A/src/load.py $A/pool.json 296 &
LOAD=$!
run gw "$PY" $A/src/exporter.py $A/tls/payments-gw.pem >>$A/log/cert-exporter.log &
(while true; do on gw "$PY" $A/src/renew.py cron payments-gw-01.prod.acme.internal 7776000 >>$A/log/cert-renew.log 2>&1 || true; sleep 25; done) &
at 198; say "on-call: looks at the file, reloads nginx"
on edge bash -x $A/src/oncall-1.sh >>$A/log/oncall-session.log 2>&1 </dev/null || true
at 240; say "on-call: looks at the wire, reloads haproxy"
on gw bash -x $A/src/oncall-2.sh >>$A/log/oncall-session.log 2>&1 </dev/null || true
wait $LOAD
on edge nginx -p $A/nginx -c $A/nginx/nginx.conf -s quit 2>/dev/null || true
sleep 1
keep nginx-access.log nginx-error.log payment-bridge.log haproxy.log cert-renew.log cert-exporter.log oncall-session.log
