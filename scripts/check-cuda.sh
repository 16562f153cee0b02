#!/bin/sh
# Does this machine's GPU compute canonical arithmetic with the processor's bits?
#
#   scripts/check-cuda.sh               needs go and nvcc
#   scripts/check-cuda.sh vectors.bin   with a vector file made elsewhere: needs nvcc only
#
# Prints a line per case and ends with 0 when every bit is the same.
set -eu
cd "$(dirname "$0")/.."
if ! command -v nvcc >/dev/null; then
	echo "check-cuda: no nvcc; install the CUDA toolkit, or add its bin folder to PATH" >&2
	exit 2
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
vectors=${1:-}
if [ -z "$vectors" ]; then
	vectors=$work/vectors.bin
	CGO_ENABLED=0 go run ./scripts/cuda-vectors "$vectors" >/dev/null
fi
nvcc -O2 -fmad=false -ftz=false -prec-div=true -prec-sqrt=true -arch=native -o "$work/canon" engine/cuda/canon.cu
"$work/canon" "$vectors"
