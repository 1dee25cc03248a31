# Acting as the services of a namespace, each with its own Secret; sourced after common.sh. The caller sets `namespace`
# and `scratch`, a directory of its own.
# shellcheck shell=bash

# shellcheck disable=SC2016 # the dollars are the template's
all_keys='{{range $key, $value := .data}}{{$key}} {{$value}}{{"\n"}}{{end}}'

# unpack NAME SECRET: each key of the Secret becomes a file below $scratch/NAME.
unpack() {
  local dir=${scratch:?}/$1 key value
  mkdir "$dir"
  while read -r key value; do base64 -d <<<"$value" >"$dir/$key"; done < <(
    kubectl -n "${namespace:?}" get secret "$2" -o go-template="$all_keys"
  )
  (umask 077 && echo "*:*:*:*:$(sed 's/[\\:]/\\&/g' "$dir/password")" >"$dir/pgpass")
}

database_of() { cat "$scratch/$1/database"; }

# run_sql NAME DATABASE: runs what comes by standard input with the Secret of NAME, in DATABASE.
run_sql() {
  local dir=$scratch/$1
  PGPASSFILE=$dir/pgpass PGSSLMODE=$(<"$dir/sslmode") PGSSLROOTCERT=$dir/certificates PGCONNECT_TIMEOUT=10 \
    psql -XAtqw -v ON_ERROR_STOP=1 -v schema="$(<"$dir/schema")" \
    -h "$(<"$dir/host")" -p "$(<"$dir/port")" -U "$(<"$dir/username")" -d "$2" 2>&1
}
