#!/bin/sh
# Builds the committed example modules, or with a folder as argument builds them there.
# The committed bytes come from rustc 1.63.0 and LLD 14, as Debian 12 has them; another
# compiler makes other bytes of the same meaning.
set -eu
cd "$(dirname "$0")"
out=${1:-examples}
rustc=${RUSTC:-rustc}
if [ -z "${RUSTC:-}" ] && [ -x /usr/bin/rustc ]; then rustc=/usr/bin/rustc; fi
linker=${WASM_LD:-wasm-ld}
mkdir -p "$out"
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

flags="--edition 2021 --target wasm32-unknown-unknown -C opt-level=3 -C codegen-units=1 -C panic=abort -C embed-bitcode=yes"
remap="--remap-path-prefix $(pwd)=agora-scorer"
# shellcheck disable=SC2086 # flags are several words
"$rustc" $flags $remap --crate-name agora_scorer --crate-type rlib -o "$temporary/libagora_scorer.rlib" src/lib.rs
for example in overlap; do
	# shellcheck disable=SC2086
	"$rustc" $flags $remap -C lto=fat -C strip=symbols -C linker="$linker" -C linker-flavor=wasm-ld \
		--crate-name "$example" --crate-type cdylib --extern agora_scorer="$temporary/libagora_scorer.rlib" \
		-o "$out/$example.wasm" "examples/$example/lib.rs"
done
(cd "$out" && sha256sum -- *.wasm >SHA256SUMS && cat SHA256SUMS)
