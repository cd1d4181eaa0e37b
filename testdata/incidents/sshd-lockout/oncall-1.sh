PS4='+ $(date -u +%Y-%m-%dT%H:%M:%SZ) '
tail -n 3 /srv/acme/log/auth.log
ps -o pid,etimes,args -C sshd
kill -HUP "$SSHD"
sleep 2
tail -n 3 /srv/acme/log/auth.log
