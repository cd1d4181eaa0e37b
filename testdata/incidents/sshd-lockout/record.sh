#!/usr/bin/env bash
# Records sshd-lockout: connections that never log in use up sshd's MaxStartups, and a bastion drops everybody else.
# Run by hand as root on Debian 12; takes six minutes. See ../README.md.
HERE=$(cd -- "$(dirname -- "$0")" && pwd)
PACKAGES="openssh-server openssh-client rsyslog python3 iproute2"
. "$HERE/../recorder/lib.sh"
sandbox "$@"

BOTS=$(for i in $(seq 0 29); do take IPv4 "$i"; done)
node bastion bastion-01.prod.acme.internal      10.90.1.5
node runner  ci-runner-04.build.acme.internal   10.90.7.14
node scanner asset-scanner-02.sec.acme.internal 10.90.9.40
# shellcheck disable=SC2086
node bots    unlisted.acme.internal             $BOTS
BASTION=bastion-01.prod.acme.internal

# --- a private /dev, so that /dev/log is the recording's own --------------------------------------------------------------------------------
mkdir -p /run/dev /run/sshd
mount -t tmpfs -o mode=755 dev /run/dev
for d in null zero full random urandom tty; do cp -a /dev/$d /run/dev/; done
mkdir /run/dev/pts /run/dev/shm
mount --bind /dev/pts /run/dev/pts
ln -s pts/ptmx /run/dev/ptmx
ln -s /proc/self/fd /run/dev/fd
mount --rbind /run/dev /dev
run bastion rsyslogd -n -i $A/run/rsyslogd.pid -f $A/src/rsyslog.conf &
sleep 1

# --- sshd with accounts of its own ----------------------------------------------------------------------------------------------------------
mkdir -p $A/ssh/authorized $A/etc $A/home
cp /etc/passwd /etc/shadow $A/etc/
uid=4000
for user in deploy release backup-agent; do
  uid=$((uid + 1))
  echo "$user:x:$uid:$uid::$A/home:/bin/sh" >>$A/etc/passwd
  echo "$user:*:20000:0:99999:7:::" >>$A/etc/shadow
  ssh-keygen -q -t ed25519 -N '' -C "$user@ci" -f $A/ssh/$user
  install -m 644 $A/ssh/$user.pub $A/ssh/authorized/$user
done
mount --bind $A/etc/passwd /etc/passwd
mount --bind $A/etc/shadow /etc/shadow
ssh-keygen -q -t ed25519 -N '' -f $A/ssh/host_ed25519
cp $A/src/sshd.conf $A/ssh/sshd_config
printf '%s %s\n' "$BASTION" "$(cut -d' ' -f1,2 $A/ssh/host_ed25519.pub)" >$A/ssh/known_hosts
run bastion /usr/sbin/sshd -D -f $A/ssh/sshd_config &
SSHD=$!
wait_port bastion 10.90.1.5 22
sleep 1
: >$A/log/auth.log

# --- the incident ---------------------------------------------------------------------------------------------------------------------------
chmod 755 $A/src/askpass.sh
clock
run bots "$PY" $A/src/bots.py $A/pool.json 325 >/dev/null 2>&1 &
LOAD=$!
run runner "$PY" $A/src/runner.py $A/pool.json 320 >>$A/log/ci-runner.jsonl &
RUNNER=$!
harden() { # CHANGE
  sed -i -e 's/^LoginGraceTime.*/LoginGraceTime 600/' -e 's/^MaxStartups.*/MaxStartups 10:30:14/' $A/ssh/sshd_config
  on bastion logger -p auth.notice -t config-mgmt "$1 applied: sshd hardening profile, LoginGraceTime 600, MaxStartups 10:30:14; reloading ssh"
  kill -HUP $SSHD
}
at 45;  say "hardening"; harden CHG-31120
at 65;  say "scanner"
run scanner "$PY" $A/src/scanner.py "$BASTION" >>$A/log/asset-scanner.log 2>&1 &
SCANNER=$!
at 165; say "on-call: reload"
on bastion env SSHD=$SSHD bash -x $A/src/oncall-1.sh >>$A/log/oncall-session.log 2>&1 || true
at 228; say "on-call: scanner stopped, grace time back"
on bastion env SSHD=$SSHD bash -x $A/src/oncall-2.sh >>$A/log/oncall-session.log 2>&1 || true
stop $SCANNER
wait $RUNNER $LOAD || true
sleep 1
keep auth.log ci-runner.jsonl asset-scanner.log oncall-session.log
