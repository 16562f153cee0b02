#!/usr/bin/env bash
# Everything that is done with proto/: generate the committed Go code, check that it is current,
# lint, refuse breaking changes, format.
#
# Neither protoc nor a schema registry is needed: buf and the three plugins are built from the
# versions pinned in tools/go.mod, and imports come from the Go module cache in the versions of
# go.mod. Output is byte-identical to protoc's with the same plugins.
#
#   scripts/protogen.sh [generate|check|lint|breaking|freeze|format]     (default: generate)
set -euo pipefail
cd "$(dirname "$0")/.."

module=$(sed -n 's/^module //p' go.mod)
go=${GO:-go}
# The API as last promised: an image without imports, comments or source positions. It is renewed
# by `make proto-freeze` at each release, and in the very commit that breaks the API on purpose, so
# that a break is seen in review. Unlike a comparison with a git branch it needs no history (shallow
# clones), no second set of imports, and does not forget a break after one commit.
frozen=proto/frozen.binpb

# The description of the REST interface, which nodes serve.
openapi=docs/openapi/openapi.json

make --no-print-directory -s .cache/bin/buf .cache/bin/protoc-gen-gocosmos .cache/bin/protoc-gen-grpc-gateway .cache/bin/protoc-gen-openapiv2
PATH=$PWD/.cache/bin:$PATH
export BUF_CACHE_DIR=$PWD/.cache/buf

# imports copies what proto/ imports to third_party/proto, unless it is there in these versions.
imports() {
	local modules=(github.com/cosmos/cosmos-sdk github.com/cosmos/gogoproto github.com/cosmos/cosmos-proto github.com/grpc-ecosystem/grpc-gateway)
	local dest=third_party/proto stamp new
	"$go" mod download "${modules[@]}"
	stamp=$("$go" list -m -f '{{.Path}} {{.Version}}' "${modules[@]}")
	if [ -f $dest/.versions ] && [ "$(cat $dest/.versions)" = "$stamp" ]; then
		return
	fi
	dir() { "$go" list -m -f '{{.Dir}}' "$1"; }
	mkdir -p third_party
	new=$(mktemp -d third_party/.new.XXXXXX)
	mkdir -p "$new"/{cosmos-sdk,gogoproto/gogoproto,cosmos-proto,googleapis/google/api}
	cp -r "$(dir "${modules[0]}")"/proto/{amino,cosmos,tendermint} "$new/cosmos-sdk/"
	cp "$(dir "${modules[1]}")"/gogoproto/gogo.proto "$new/gogoproto/gogoproto/"
	cp -r "$(dir "${modules[2]}")"/proto/cosmos_proto "$new/cosmos-proto/"
	cp "$(dir "${modules[3]}")"/third_party/googleapis/google/api/{annotations,http,httpbody}.proto "$new/googleapis/google/api/"
	chmod -R u+w "$new" # the module cache is read-only
	echo "$stamp" >"$new/.versions"
	rm -rf $dest
	mv "$new" $dest
}

# generate_into writes the generated tree to a folder of its own, laid out like the repository.
generate_into() {
	buf generate proto --template buf.gen.yaml -o "$1"
	mv "$1/$module" "$1/tree"
	# Only what the queries need: the file describes the REST interface, which has no transactions.
	buf generate proto $(find proto -name query.proto | sort | sed 's/^/--path /') --template buf.gen.openapi.yaml -o "$1"
	mkdir -p "$1/tree/$(dirname $openapi)"
	mv "$1/agora.swagger.json" "$1/tree/$openapi"
}

# generated_here lists the generated files of the repository, relative to its root; tools/ is another
# module, whose test data looks generated.
generated_here() {
	find . -path './.*' -prune -o -path ./third_party -prune -o -path ./tools -prune -o \( -name '*.pb.go' -o -name '*.pb.gw.go' -o -path ./$openapi \) -print | sed 's|^\./||' | sort
}

generated_in() { (cd "$1" && find . -type f | sed 's|^\./||' | sort); }

scratch=
cleanup() { if [ -n "$scratch" ]; then rm -rf "$scratch"; fi; }
trap cleanup EXIT
new_scratch() { mkdir -p .gen && scratch=$(mktemp -d .gen/proto.XXXXXX); }

case ${1:-generate} in
generate)
	imports
	new_scratch
	generate_into "$scratch"
	comm -23 <(generated_here) <(generated_in "$scratch/tree") | while read -r stale; do
		echo "remove $stale: its proto file is gone"
		rm "$stale"
	done
	# Unchanged files keep their time stamps, so nothing is rebuilt for them.
	generated_in "$scratch/tree" | while read -r f; do
		cmp -s "$scratch/tree/$f" "$f" && continue
		mkdir -p "$(dirname "$f")"
		cp "$scratch/tree/$f" "$f"
		echo "wrote $f"
	done
	;;
check)
	imports
	new_scratch
	generate_into "$scratch"
	rc=0
	diff <(generated_here) <(generated_in "$scratch/tree") >"$scratch/names" || rc=1
	sed -n -e 's/^< /no proto file makes /p' -e 's/^> /missing /p' "$scratch/names"
	while read -r f; do
		[ -f "$f" ] || continue
		if ! cmp -s "$scratch/tree/$f" "$f"; then
			echo "stale $f"
			diff "$f" "$scratch/tree/$f" | head -n 5 || true
			rc=1
		fi
	done < <(generated_in "$scratch/tree")
	if [ $rc -ne 0 ]; then
		echo "generated code does not match proto/: run 'make proto' and commit the result" >&2
		exit 1
	fi
	echo "proto: $(generated_in "$scratch/tree" | wc -l) generated files are current"
	;;
lint)
	imports
	buf lint proto
	if ! buf format proto --diff --exit-code; then
		echo "proto files are not formatted: run 'make fmt'" >&2
		exit 1
	fi
	echo "proto: lint and format are clean"
	;;
breaking)
	imports
	if [ ! -f $frozen ]; then
		echo "proto: no API has been promised yet ($frozen is absent); 'make proto-freeze' promises one"
		exit 0
	fi
	if ! buf breaking proto --against $frozen --exclude-imports; then
		echo "the API breaks its promise: keep the old fields (reserve what you remove), or, if the break is meant," >&2
		echo "say so in CHANGELOG.md and run 'make proto-freeze' in the same commit" >&2
		exit 1
	fi
	echo "proto: no breaking change"
	;;
freeze)
	imports
	buf build proto --exclude-source-info -o $frozen
	echo "wrote $frozen"
	;;
format)
	imports
	buf format proto -w
	;;
*)
	echo "usage: scripts/protogen.sh [generate|check|lint|breaking|freeze|format]" >&2
	exit 2
	;;
esac
