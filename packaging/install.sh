#!/bin/sh
# Installs Segno for you alone: fetches the package for this system, verifies it, and puts the program
# into ~/.local/bin. Nothing else is changed, and nothing is run as root.
#
#   sh install.sh [--to DIRECTORY] [--from DIRECTORY-OR-ADDRESS] [--key MINISIGN-KEY]
#
# The checksum must agree. Where `minisign` is installed and a key is known, the signature must, too.
set -eu

repository=https://segno.example/segno
# The public key of releases; a release's own copy of this file has it.
key=
to=${XDG_BIN_HOME:-$HOME/.local/bin}
from=
help() { sed -n "2,/^set/s/^# \{0,1\}//p" "$0"; }
while [ $# -gt 0 ]; do
    case $1 in
        -h | --help) help; exit ;;
        --to | --from | --key) [ $# -gt 1 ] || { echo "install.sh: $1 needs a value; see --help" >&2; exit 2; } ;;
    esac
    case $1 in
        --to) to=$2; shift ;;
        --from) from=$2; shift ;;
        --key) key=$2; shift ;;
        *) echo "install.sh: unknown option $1; see --help" >&2; exit 2 ;;
    esac
    shift
done
from=${from:-$repository/releases/latest/download}
fail() { echo "install.sh: $*" >&2; exit 1; }

machine=$(uname -m)
case $machine in x86_64 | amd64) machine=x86_64 ;; aarch64 | arm64) machine=aarch64 ;; *) fail "no package for $machine; build it: cargo install --path ." ;; esac
case $(uname -s) in
    Linux) target=$machine-unknown-linux-musl ;;
    Darwin) target=$machine-apple-darwin ;;
    *) fail "no package for $(uname -s)" ;;
esac
package=segno-$target.tar.gz

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
fetch() { # name
    case $from in
        https://*) curl --proto '=https' --tlsv1.2 -fsSL "$from/$1" -o "$work/$1" ;;
        *://*) fail "$from does not begin with https://" ;;
        *) cp "$from/$1" "$work/$1" ;;
    esac
}
fetch "$package" || fail "cannot fetch $from/$package"
fetch "$package.sha256" || fail "cannot fetch $from/$package.sha256"
wanted=$(cut -d ' ' -f 1 < "$work/$package.sha256")
if command -v sha256sum > /dev/null; then
    is=$(sha256sum "$work/$package" | cut -d ' ' -f 1)
else
    is=$(shasum -a 256 "$work/$package" | cut -d ' ' -f 1)
fi
[ "$is" = "$wanted" ] || fail "$package is damaged: its checksum differs"
proof=checksum
if [ -n "$key" ] && command -v minisign > /dev/null; then
    fetch "$package.minisig" || fail "cannot fetch $from/$package.minisig"
    minisign -Vqm "$work/$package" -P "$key" || fail "the signature of $package is wrong"
    proof="checksum and signature"
fi

tar -xzf "$work/$package" -C "$work"
mkdir -p "$to"
# Renamed into place: one that runs is not written over.
cp "$work/segno-$target/segno" "$to/.segno.new"
chmod 755 "$to/.segno.new"
"$to/.segno.new" --version > /dev/null || { rm -f "$to/.segno.new"; fail "it does not start here"; }
mv "$to/.segno.new" "$to/segno"
echo "installed $("$to/segno" --version) in $to, checked by its $proof"
case :$PATH: in *":$to:"*) ;; *) echo "$to is not on your PATH yet: export PATH=\"$to:\$PATH\" in your shell's start-up file" ;; esac
echo "begin with: segno"
