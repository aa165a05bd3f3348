#!/bin/sh
# auth-proxy @VERSION@ in one file: this script, the bundled program, and a Deno for @PLATFORM@.
#
# The first start unpacks both into a folder that belongs to the user alone; every start checks that
# folder and becomes the program. Needs sh and coreutils (GNU or BusyBox). Where the folder is:
#   AUTH_PROXY_CACHE_DIR, else XDG_CACHE_HOME/auth-proxy, else HOME/.cache/auth-proxy, else (a user
#   without a home: HOME is unset or /) TMPDIR or /tmp, /auth-proxy-UID. In it: one folder per build,
#   named after the hash of what it holds. All of it may be deleted at any time.
# Who can write to it could run code with our secrets, hence the checks: each folder above is owned by
# root or by us and not writable by others (but for a sticky one, as /tmp is), ours is no symbolic
# link and has exactly the owner, type and mode that we gave it. Anything else is refused: exit 2.
set -u

# NAME:SIZE:SHA256 of what follows this script, in this order: the modules of the bundle, then Deno,
# which is named auth-proxy.
files=' @FILES@'
file_count=@FILE_COUNT@
main=@MAIN@
payload=@PAYLOAD_OFFSET@
key=@KEY@

refuse() {
  printf 'auth-proxy: %s\n' "$1" >&2
  exit 2
}

uid=$(id -u) || refuse 'Cannot start: id does not run'

case ${AUTH_PROXY_CACHE_DIR:-} in
  /*) root=$AUTH_PROXY_CACHE_DIR ;;
  '')
    case ${XDG_CACHE_HOME:-} in
      /*) root=$XDG_CACHE_HOME/auth-proxy ;;
      *)
        case ${HOME:-/} in
          /?*) root=$HOME/.cache/auth-proxy ;;
          *)
            case ${TMPDIR:-} in
              /*) root=$TMPDIR/auth-proxy-$uid ;;
              *) root=/tmp/auth-proxy-$uid ;;
            esac
            ;;
        esac
        ;;
    esac
    ;;
  *) refuse "Cannot use AUTH_PROXY_CACHE_DIR \"$AUTH_PROXY_CACHE_DIR\": not an absolute path" ;;
esac
while [ "$root" != "${root%/}" ]; do root=${root%/}; done
case ${root##*/} in
  '' | . | ..) refuse "Cannot use the cache folder \"$root\": not the name of a folder" ;;
esac
hint='set AUTH_PROXY_CACHE_DIR to another folder'

# The folders above ours may be reached through links; what is checked is what they lead to.
locate() {
  parent=${root%/*}
  physical=$(cd -P -- "${parent:-/}" 2>/dev/null && pwd -P) || return 1
  physical=${physical%/}
  root=$physical/${root##*/}
  folder=$root/$key
  deno_dir=$folder/deno
}

# judge KIND MODE:OWNER:SIZE PATH, the facts being stat's %f (hexadecimal, with the file's type), %u and
# %s. Refuses what another user could have made or could change; returns 1 for a file cut short.
judge() {
  mode=$((0x${2%%:*}))
  owner=${2#*:}
  size=${owner#*:}
  owner=${owner%%:*}
  case $1 in
    above)
      # Whoever owns / (nobody's number, in a user namespace) owns every program on this machine.
      [ "$3" != / ] || superuser=$owner
      [ "$owner" = "$uid" ] || [ "$owner" = 0 ] || [ "$owner" = "$superuser" ] ||
        refuse "Cannot use the cache folder $root: $3 belongs to another user; $hint"
      [ $((mode & 0022)) -eq 0 ] || [ $((mode & 01000)) -ne 0 ] ||
        refuse "Cannot use the cache folder $root: others may write to $3; $hint"
      return 0
      ;;
    root | folder) type=$((0x4000)) ;;
    *) type=$((0x8000)) ;;
  esac
  [ $((mode & 0xf000)) -eq "$type" ] ||
    refuse "Cannot use the cache: $3 is not what was put there (a link?); delete it, or $hint"
  [ "$owner" = "$uid" ] || refuse "Cannot use the cache: $3 belongs to another user; $hint"
  case $1 in
    root)
      [ $((mode & 0022)) -eq 0 ] ||
        refuse "Cannot use the cache folder $3: others may write to it; chmod 700 it, or $hint"
      return 0
      ;;
    folder) expected=$((0700)) ;; # and the group bit that a folder inherits, which does no harm
    program) expected=$((0500)) ;;
    module) expected=$((0400)) ;;
  esac
  [ $((mode & 05777)) -eq "$expected" ] ||
    refuse "Cannot use the cache: the mode of $3 was changed; delete it, or $hint"
  [ "$1" = folder ] || [ "$size" = "${expected_size:-}" ]
}

# judge_all PATH...: ours last, which are three folders and the files. Returns 1 if one is missing or
# cut short.
judge_all() {
  facts=$(stat -c %f:%u:%s "$@" 2>/dev/null) || return 1
  # In step with the files: to look each up in the whole text takes sh longer than Deno takes to start.
  rest=${files# }
  for fact in $facts; do
    case $(($# - file_count)) in
      3) kind=root ;;
      2 | 1) kind=folder ;;
      0 | -*)
        name_file "${1##*/}"
        expected_size=${rest#*:}
        expected_size=${expected_size%%:*}
        rest=${rest#* }
        ;;
      *) kind=above ;;
    esac
    judge "$kind" "$fact" "$1" || return 1
    shift
  done
}

# name_file NAME:...: what to call it, what it is and how it is made.
name_file() {
  name=${1%%:*}
  case $name in
    auth-proxy) kind=program permissions=500 ;;
    *) kind=module permissions=400 ;;
  esac
}

# with_files COMMAND...: COMMAND... and the path of each file.
with_files() {
  for file in $files; do
    set -- "$@" "$folder/${file%%:*}"
  done
  "$@"
}

# with_folders_above COMMAND PATH...: COMMAND / /home /home/me /home/me/.cache PATH...
with_folders_above() {
  command=$1
  shift
  above=$physical
  while [ -n "$above" ]; do
    set -- "$above" "$@"
    above=${above%/*}
  done
  "$command" / "$@"
}

judge_folders_above() {
  facts=$(stat -c %f:%u:%s "$@" 2>/dev/null) ||
    refuse "Cannot use the cache folder $root: the folders above it cannot be read; $hint"
  for fact in $facts; do
    judge above "$fact" "$1"
    shift
  done
}

# The cache as it should be, at a known place: true.
is_ready() {
  locate && with_files with_folders_above judge_all "$root" "$folder" "$deno_dir"
}

# A folder that is there is judged, one that is not is made. Two starts may make it at once.
own_folder() {
  mkdir -m 700 "$2" 2>/dev/null || [ -d "$2" ] || [ -L "$2" ] ||
    refuse "Cannot make the cache folder $2; $hint"
  judge "$1" "$(stat -c %f:%u:%s "$2")" "$2"
}

# piece OFFSET SIZE SHA256 MODE PATH: one part of this file, whole and on the disk, or none.
piece() {
  tail -c "+$1" "$self" 2>/dev/null | head -c "$2" | dd of="$5" bs=65536 conv=fsync 2>/dev/null ||
    refuse "Cannot unpack into $root: it cannot be written, or the disk is full; $hint"
  sum=$(sha256sum <"$5") && [ "${sum%% *}" = "$3" ] ||
    refuse "Cannot unpack $self: it is damaged (SHA-256 differs)"
  chmod "$4" "$5" || refuse "Cannot unpack into $root: $5 is gone"
}

# What a killed start has left behind, if it is older than an hour.
sweep() {
  now=$(stat -c %Y "$temporary") || return 0
  for stale in "$root"/.unpack.*; do
    changed=$(stat -c %Y "$stale" 2>/dev/null) || continue
    [ $((now - changed)) -le 3600 ] || rm -rf "$stale"
  done
}

# Unpacks beside the final place and renames file by file, so that a start which is killed, or runs
# at the same time, leaves either nothing or the whole file under the final name.
unpack() (
  umask 077
  case $0 in
    */*) self=$0 ;;
    *) self=./$0 && [ -f "$self" ] || self=$(command -v -- "$0") ;;
  esac
  parent=${root%/*}
  mkdir -p -- "${parent:-/}" 2>/dev/null && locate ||
    refuse "Cannot make the cache folder $root; $hint"
  with_folders_above judge_folders_above
  own_folder root "$root"
  own_folder folder "$folder"
  own_folder folder "$deno_dir"
  for file in $files; do
    name_file "$file"
    [ -e "$folder/$name" ] || [ -L "$folder/$name" ] || continue
    facts=$(stat -c %f:%u:%s "$folder/$name") || continue
    judge "$kind" "$facts" "$folder/$name" || : # Cut short: it is replaced below.
  done
  temporary=$(mktemp -d "$root/.unpack.XXXXXX" 2>/dev/null) ||
    refuse "Cannot unpack into $root: it cannot be written, or the disk is full; $hint"
  trap 'rm -rf "$temporary"' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  sweep
  offset=$payload
  for file in $files; do
    name_file "$file"
    length=${file#*:}
    length=${length%:*}
    piece "$offset" "$length" "${file##*:}" "$permissions" "$temporary/$name"
    offset=$((offset + length))
  done
  "$temporary/auth-proxy" --version >/dev/null 2>&1 ||
    refuse "Cannot run what was unpacked into $root: it needs @PLATFORM@ with glibc, and a folder not mounted noexec; $hint"
  for file in $files; do
    name_file "$file"
    mv -f "$temporary/$name" "$folder/$name" ||
      refuse "Cannot unpack into $root: it cannot be written; $hint"
  done
)

# Whatever steers Deno or its Node layer from outside goes, by prefix, so that a variable of a later
# Deno goes too: options, import conditions, preloads, coverage, telemetry. With them go the variables
# that add trust anchors (DENO_CERT, DENO_TLS_CA_STORE, NODE_EXTRA_CA_CERTS, NODE_USE_SYSTEM_CA):
# trust is exact, and --upstream-ca is how it is widened; and SSLKEYLOGFILE, which would write the
# keys of every TLS session to a file. Kept: what may be a credential that a rule names, and
# NODE_TLS_REJECT_UNAUTHORIZED, on which the program itself refuses to start. What goes is put aside
# under another name, for the programs that `auth-proxy run` starts.
scrub() {
  set -f
  IFS='
'
  for line in $(export -p); do
    line=${line#export }
    line=${line#declare -x }
    name=${line%%=*}
    case $name in
      *[!A-Za-z0-9_]* | NODE_TLS_REJECT_UNAUTHORIZED) ;;
      *_TOKEN | *_KEY | *_SECRET | *_PASSWORD) ;;
      DENO_* | NODE_* | OTEL_DENO* | SSLKEYLOGFILE)
        eval "export AUTH_PROXY_ASIDE_$name=\"\$$name\""
        unset "$name"
        ;;
    esac
  done
  unset IFS
  set +f
}

scrub
export DENO_NO_UPDATE_CHECK=1 DENO_NO_PACKAGE_JSON=1
export AUTH_PROXY_ADDED='DENO_NO_UPDATE_CHECK DENO_NO_PACKAGE_JSON DENO_DIR'
if ! is_ready; then
  unpack || exit $?
  is_ready || refuse "Cannot use the cache folder $root: it changes while it is read"
fi
# V8's compiled code is kept there, beside the program it belongs to.
export DENO_DIR="$deno_dir"
exec "$folder/auth-proxy" run @RUN_FLAGS@ "$folder/$main" "$@"
exit 126
