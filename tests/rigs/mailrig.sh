#!/bin/bash
# Owns a private Postfix and Dovecot on loopback, from Debian's packages and with nothing written outside its directory.
# Must not touch the system's own mail servers. Started by crates/testkit/src/mailrig.rs, or by hand as root:
#
#   mailrig.sh start DIRECTORY [SMTP SUBMISSION IMAP IMAPS ACCEPT REFUSE DEFER]   seven ports; 41525, 41587, … without
#   mailrig.sh stop  DIRECTORY
#
# Mailboxes (password `pw`, IMAP login is the address, `+tag` addressing on):
#   sales@sender.test  bounces@sender.test  alice@rcpt.test  bob@rcpt.test
#   vac@rcpt.test      answers with an out-of-office reply
# Domains without mailboxes:
#   sink.test  is accepted, each mail a file in DIRECTORY/accepted
#   hard.test  is refused with 550 5.1.1: Postfix sends a DSN within seconds
#   soft.test  is deferred with 450 4.2.1: Postfix gives up after half a minute and sends a DSN
set -euo pipefail

usage() {
  sed -n '4,5s/^#  *//p' "$0" >&2
  exit 64
}

[ $# -ge 2 ] || usage
action=$1
directory=$2
shift 2
# Postfix refuses relative paths, and a path with blanks would fall apart in its configuration.
case $directory in
  /*[[:space:]]*) echo "mailrig: the directory's path must have no blanks" >&2; exit 64 ;;
  /*) ;;
  *) echo "mailrig: the directory's path must be absolute" >&2; exit 64 ;;
esac

postfix_conf=$directory/postfix
queue=$directory/queue
postfix_data=$directory/postfix-data
dovecot_conf=$directory/dovecot.conf
dovecot_run=$directory/dovecot-run
mail=$directory/mail
accepted=$directory/accepted
# Mail belongs to a number that no account has, so that the rig adds none.
owner=5000

# Whether process $1 runs. One that ended and waits for its parent counts as gone: in a container, nobody may collect it.
runs() {
  local state
  state=$(sed 's/.*) //; s/ .*//' "/proc/$1/stat" 2>/dev/null) || return 1
  [ -n "$state" ] && [ "$state" != Z ]
}

stop() {
  local file pid pids=()
  for file in "$queue/pid/master.pid" "$dovecot_run/master.pid" "$directory"/{accept,refuse,defer}.pid; do
    pid=$(tr -d ' \n' 2>/dev/null <"$file") || continue
    [ -n "$pid" ] || continue
    pids+=("$pid")
    kill "$pid" 2>/dev/null || true
  done
  for pid in "${pids[@]}"; do
    for _ in $(seq 80); do
      runs "$pid" || continue 2
      sleep 0.05
    done
    kill -9 "$pid" 2>/dev/null || true
  done
}

# What a start that failed half-way leaves running is ended, and the reason shown.
abandon() {
  local status=$?
  cat "$directory/start.log" "$directory"/{accept,refuse,defer}.log >&2 2>/dev/null || true
  stop
  exit "$status"
}

write_certificate() {
  openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
    -keyout "$directory/key.pem" -out "$directory/certificate.pem" 2>/dev/null
}

write_postfix() {
  cat >"$postfix_conf/main.cf" <<END
compatibility_level = 3.6
queue_directory = $queue
data_directory = $postfix_data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = $directory/postfix.log
maillog_file_prefixes = $directory

myhostname = mx.rig.test
mydomain = rig.test
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
disable_dns_lookups = yes
smtp_host_lookup = native

mydestination =
local_recipient_maps =
alias_maps =
alias_database =
recipient_delimiter = +
virtual_mailbox_domains = sender.test rcpt.test
virtual_mailbox_maps = inline:{ {sales@sender.test=-}, {bounces@sender.test=-}, {alice@rcpt.test=-}, {bob@rcpt.test=-}, {vac@rcpt.test=-} }
virtual_transport = lmtp:unix:$dovecot_run/lmtp
transport_maps = inline:{ {sink.test=smtp:[127.0.0.1]:$accept_port}, {hard.test=smtp:[127.0.0.1]:$refuse_port}, {soft.test=smtp:[127.0.0.1]:$defer_port} }
default_transport = error:5.1.2 nothing leaves the rig

smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject
smtpd_sasl_type = dovecot
smtpd_sasl_path = $dovecot_run/postfix-auth
smtpd_tls_security_level = may
smtpd_tls_cert_file = $directory/certificate.pem
smtpd_tls_key_file = $directory/key.pem
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0

notify_classes =
delay_warning_time = 0
queue_run_delay = 5s
minimal_backoff_time = 5s
maximal_backoff_time = 8s
maximal_queue_lifetime = 20s
bounce_queue_lifetime = 20s
END
  {
    echo "127.0.0.1:$smtp_port inet n - n - - smtpd"
    echo "127.0.0.1:$submission_port inet n - n - - smtpd"
    echo "  -o smtpd_sasl_auth_enable=yes"
    echo "  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject"
    # service, type, wake-up, at most, program: the daemons of a usual master.cf, none in a chroot
    while read -r service type wake limit program; do
      case $service in
        pickup | cleanup | qmgr | flush | showq | postlog) private=n ;;
        *) private=- ;;
      esac
      echo "$service $type $private - n $wake $limit $program"
    done <<END
pickup unix 60 1 pickup
cleanup unix - 0 cleanup
qmgr unix 300 1 qmgr
tlsmgr unix 1000? 1 tlsmgr
rewrite unix - - trivial-rewrite
bounce unix - 0 bounce
defer unix - 0 bounce
trace unix - 0 bounce
verify unix - 1 verify
flush unix 1000? 0 flush
proxymap unix - - proxymap
proxywrite unix - 1 proxymap
smtp unix - - smtp
relay unix - - smtp
showq unix - - showq
error unix - - error
retry unix - - error
discard unix - - discard
lmtp unix - - lmtp
anvil unix - 1 anvil
scache unix - 1 scache
postlog unix-dgram - 1 postlogd
END
  } >"$postfix_conf/master.cf"
}

write_dovecot() {
  local user
  for user in sales@sender.test bounces@sender.test alice@rcpt.test bob@rcpt.test vac@rcpt.test; do
    echo "$user:{PLAIN}pw:$owner:$owner::$mail/$user::"
    mkdir -p "$mail/$user"
  done >"$directory/users"
  cat >"$mail/vac@rcpt.test/.dovecot.sieve" <<'END'
require ["vacation"];
vacation :days 1 :subject "Out of office" "I am away until Monday.";
END
  chown -R "$owner:$owner" "$mail"
  cat >"$dovecot_conf" <<END
base_dir = $dovecot_run
state_dir = $directory/dovecot-state
log_path = $directory/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <$directory/certificate.pem
ssl_key = <$directory/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = maildir:$mail/%u/Maildir
mail_home = $mail/%u
first_valid_uid = 1
recipient_delimiter = +
lda_mailbox_autocreate = yes
submission_host = 127.0.0.1:$smtp_port
plugin {
  sieve = file:~/.dovecot.sieve
}
passdb {
  driver = passwd-file
  args = $directory/users
}
userdb {
  driver = passwd-file
  args = $directory/users
}
protocol lmtp {
  mail_plugins = \$mail_plugins sieve
  postmaster_address = postmaster@rig.test
  auth_username_format = %Lu
}
service imap-login {
  inet_listener imap {
    port = $imap_port
  }
  inet_listener imaps {
    port = $imaps_port
    ssl = yes
  }
}
service lmtp {
  unix_listener lmtp {
    mode = 0666
  }
}
service auth {
  unix_listener postfix-auth {
    mode = 0666
  }
}
END
}

# sink NAME ARGUMENTS…: starts an smtp-sink in the background and remembers its process id.
sink() {
  local name=$1
  shift
  smtp-sink -u root "$@" </dev/null >"$directory/$name.log" 2>&1 &
  echo $! >"$directory/$name.pid"
}

start() {
  [ "$(id -u)" = 0 ] || { echo "mailrig: Postfix starts as root only" >&2; exit 77; }
  mkdir -p "$postfix_conf" "$queue" "$postfix_data" "$dovecot_run" "$directory/dovecot-state" "$mail" "$accepted"
  chmod 755 "$directory"
  chown postfix "$postfix_data"
  write_certificate
  write_postfix
  write_dovecot
  cd "$accepted"
  sink accept -d "%Y%m%d%H%M%S." "127.0.0.1:$accept_port" 256
  cd /
  sink refuse -f RCPT -B "550 5.1.1 User unknown" "127.0.0.1:$refuse_port" 64
  sink defer -r RCPT -b "450 4.2.1 Mailbox busy" "127.0.0.1:$defer_port" 64
  dovecot -c "$dovecot_conf" </dev/null >>"$directory/start.log" 2>&1
  postfix -c "$postfix_conf" start </dev/null >>"$directory/start.log" 2>&1
  echo "smtp=$smtp_port submission=$submission_port imap=$imap_port imaps=$imaps_port" \
    "accept=$accept_port refuse=$refuse_port defer=$defer_port"
}

# Debian keeps servers in sbin, which an unprivileged login's PATH lacks.
PATH=$PATH:/usr/sbin:/sbin
case $action in
  start)
    [ $# -eq 0 ] && set -- 41525 41587 41543 41593 41526 41527 41528
    [ $# -eq 7 ] || usage
    smtp_port=$1 submission_port=$2 imap_port=$3 imaps_port=$4 accept_port=$5 refuse_port=$6 defer_port=$7
    trap abandon EXIT
    start
    trap - EXIT
    ;;
  stop) stop ;;
  *) usage ;;
esac
