# A certificate authority made on the spot. Keys are P-256: made in milliseconds.
# shellcheck shell=bash

# new_key FILE
new_key() { (umask 077 && openssl ecparam -genkey -name prime256v1 -noout -out "$1"); }

# make_ca DIR NAME: DIR/ca.key and DIR/ca.crt.
make_ca() {
  new_key "$1/ca.key"
  openssl req -x509 -new -key "$1/ca.key" -out "$1/ca.crt" -days 365 -subj "/CN=$2" \
    -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign,cRLSign"
}

# make_certificate DIR NAME SUBJECT USAGE [SANS]: DIR/NAME.key and DIR/NAME.crt, signed by the authority in DIR.
# USAGE is serverAuth or clientAuth.
make_certificate() {
  local dir=$1 name=$2 subject=$3 usage=$4 sans=${5:-}
  new_key "$dir/$name.key"
  openssl req -new -key "$dir/$name.key" -subj "$subject" |
    openssl x509 -req -CA "$dir/ca.crt" -CAkey "$dir/ca.key" -CAcreateserial -days 365 -out "$dir/$name.crt" \
      -extfile <(echo "extendedKeyUsage=$usage"; [[ -z $sans ]] || echo "subjectAltName=$sans") 2>/dev/null
}
