PS4='+ $(date -u +%Y-%m-%dT%H:%M:%SZ) '
openssl s_client -connect payments-gw-01.prod.acme.internal:8443 -CAfile /srv/acme/tls/ca.pem -brief
openssl s_client -connect payments-gw-01.prod.acme.internal:8443 2>/dev/null | openssl x509 -noout -serial -dates
openssl x509 -in /srv/acme/tls/payments-gw.pem -noout -serial -dates
ls -l /run/haproxy.pid /srv/acme/run/haproxy-tls.pid
kill -USR2 "$(head -1 /srv/acme/run/haproxy-tls.pid)"
sleep 2
openssl s_client -connect payments-gw-01.prod.acme.internal:8443 2>/dev/null | openssl x509 -noout -serial -dates
tail -n 1 /srv/acme/log/nginx-access.log
