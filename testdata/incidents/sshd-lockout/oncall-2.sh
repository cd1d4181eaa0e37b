PS4='+ $(date -u +%Y-%m-%dT%H:%M:%SZ) '
grep -c 'past MaxStartups' /srv/acme/log/auth.log
/usr/sbin/sshd -T -f /srv/acme/ssh/sshd_config 2>/dev/null | grep -E '^(maxstartups|logingracetime|persourcemaxstartups)'
ss -Htn state established '( sport = :22 )' | awk '{print $4}' | sed 's/:[0-9]*$//' | sort | uniq -c | sort -rn | head -3
sed -i -e 's/^LoginGraceTime.*/LoginGraceTime 20/' -e 's/^MaxStartups.*/MaxStartups 30:30:100/' /srv/acme/ssh/sshd_config
echo 'PerSourceMaxStartups 5' >>/srv/acme/ssh/sshd_config
/usr/sbin/sshd -t -f /srv/acme/ssh/sshd_config
kill -HUP "$SSHD"
