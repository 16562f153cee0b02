#!/usr/bin/env python3
"""Writes blocks of every quantised format with the numbers that ggml makes of
them, for the tests of engine/native/gguf. Needs ggml's shared library, which the
npm package @node-llama-cpp/linux-x64@3.20.0 carries; the tests do not.

    scripts/golden/ggml_blocks.py .../bins/linux-x64/libggml-base.so > engine/native/gguf/testdata/blocks.json
"""
import ctypes
import json
import sys

lib = ctypes.CDLL(sys.argv[1])
FORMATS = {"Q4_0": 2, "Q4_1": 3, "Q5_0": 6, "Q5_1": 7, "Q8_0": 8, "Q4_K": 12, "Q5_K": 13, "Q6_K": 14}
COUNT = 512

lib.ggml_quantize_chunk.restype = ctypes.c_size_t
lib.ggml_quantize_chunk.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p] + [ctypes.c_int64] * 3 + [ctypes.c_void_p]

state = 1
numbers = []
for i in range(COUNT):
    state = (state * 1664525 + 1013904223) % 2**32
    numbers.append((state / 2**31 - 1) * (1 + i % 7) * 0.1)
source = (ctypes.c_float * COUNT)(*numbers)
result = {}
for name, number in FORMATS.items():
    room = (ctypes.c_uint8 * (COUNT * 4))()
    size = lib.ggml_quantize_chunk(number, source, room, 0, 1, COUNT, None)
    back = (ctypes.c_float * COUNT)()
    widen = getattr(lib, "dequantize_row_" + name.lower().replace("_k", "_K"))
    widen.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64]
    widen(room, back, COUNT)
    result[name] = {"blocks": bytes(room[:size]).hex(), "numbers": bytes(back).hex()}
print("{\n" + ",\n".join(json.dumps(k) + ":" + json.dumps(v) for k, v in result.items()) + "\n}")
