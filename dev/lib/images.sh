# Images without a registry; sourced after common.sh. The caller sets `images`, a directory for storage and results.
# shellcheck shell=bash disable=SC2154

base_name=docker.io/library/debian:bookworm-slim
controller_image=docker.io/library/freehold:$(sed -n 's/^appVersion: //p' "$checkout/charts/freehold/Chart.yaml")

build_with() { buildah --root "${images:?}/storage" --runroot "$images/run" "$@"; }
has_image() { build_with images --quiet "$1" >/dev/null 2>&1; }

# Debian's slim variant: the essential packages without documents and translations. The packages' own times are kept, all others left out.
make_base() {
  local target=$1
  say "Making $base_name of Debian's packages"
  mkdir -p "$(dirname "$target")"
  SOURCE_DATE_EPOCH=0 TMPDIR=/var/tmp mmdebstrap --quiet --variant=minbase --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-include=/usr/share/doc/*/copyright' bookworm "$target.partial.tar" \
    'deb http://deb.debian.org/debian bookworm main' 'deb http://deb.debian.org/debian bookworm-updates main' \
    'deb http://deb.debian.org/debian-security bookworm-security main'
  mv "$target.partial.tar" "$target"
}

base_image() {
  local tar=$cache/images/bookworm-slim.tar container
  has_image "$base_name" && return
  [[ -f $tar ]] || make_base "$tar"
  container=$(build_with from scratch)
  build_with add --quiet "$container" "$tar" / >/dev/null
  build_with config --cmd /bin/bash --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
  build_with commit --quiet --timestamp 0 --rm "$container" "$base_name" >/dev/null
}

# build_image NAME DIR [OPTION…]
build_image() {
  say "Building $1"
  build_with build --isolation chroot --pull-never --timestamp 0 "${@:3}" -t "$1" "$2" >"$images/build.log" 2>&1 ||
    { tail -n 30 "$images/build.log" >&2; die "$1 was not built"; }
}

# build_controller: what was compiled before, here or on the host, is not compiled again. Layers are not kept: with
# --timestamp they would have no times, by which ccache knows the compiler.
build_controller() {
  mkdir -p "$HOME/.cache/ccache"
  build_image "$controller_image" "$checkout" --volume "$HOME/.cache/ccache:/root/.cache/ccache"
}

save_image() {
  rm -f "$images/$2.tar"
  build_with push --quiet "$1" "docker-archive:$images/$2.tar:$1"
}
