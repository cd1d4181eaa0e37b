PS4='+ $(date -u +%Y-%m-%dT%H:%M:%SZ) '
tail -n 2 /srv/acme/log/nginx-error.log
openssl x509 -in /srv/acme/tls/payments-gw.pem -noout -subject -dates
openssl verify -CAfile /srv/acme/tls/ca.pem /srv/acme/tls/payments-gw.pem
nginx -p /srv/acme/nginx -c /srv/acme/nginx/nginx.conf -t
nginx -p /srv/acme/nginx -c /srv/acme/nginx/nginx.conf -s reload
sleep 3
tail -n 1 /srv/acme/log/nginx-access.log
