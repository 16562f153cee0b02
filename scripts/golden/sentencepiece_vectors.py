#!/usr/bin/env python3
"""Writes a small SentencePiece vocabulary and its tokens of many texts, for the
tests of engine/native/tokenizer. Needs Debian's python3-sentencepiece; the tests do not.

    /usr/bin/python3 scripts/golden/sentencepiece_vectors.py engine/native/tokenizer/testdata FILE...

The committed vocabulary was learned from the Go distribution's
src/strings/strings_test.go, src/unicode/utf8/utf8_test.go and CONTRIBUTING.md.
"""
import json
import sys
import tempfile

import sentencepiece as spm

out, files = sys.argv[1], sys.argv[2:]
text = "\n".join(open(f, encoding="utf-8").read() for f in files)[:300_000]
text += " naïve café Ünïcödé 你好世界 こんにちは Привет мир 🙂 it's 12345 67890\n" * 20
with tempfile.TemporaryDirectory() as folder:
    with open(folder + "/corpus", "w", encoding="utf-8") as f:
        f.write(text)
    spm.SentencePieceTrainer.train(
        input=folder + "/corpus", model_prefix=folder + "/m", model_type="bpe", vocab_size=700, byte_fallback=True,
        normalization_rule_name="identity", remove_extra_whitespaces=False, character_coverage=0.999,
        user_defined_symbols=["<tool>"], split_digits=True, minloglevel=2)
    sp = spm.SentencePieceProcessor(model_file=folder + "/m.model")

types = []
for i in range(sp.get_piece_size()):
    if sp.is_unknown(i):
        types.append(2)
    elif sp.is_control(i):
        types.append(3)
    elif sp.id_to_piece(i) == "<tool>":
        types.append(4)
    elif sp.is_byte(i):
        types.append(6)
    else:
        types.append(1)
vectors = []
for v in json.load(open(out + "/llama2.vectors.json", encoding="utf-8")):
    # SentencePiece knows neither markup nor NUL in a text.
    if any(mark in v["text"] for mark in ("<s>", "</s>", "\u2581", "\0")):
        continue
    vectors.append({"text": v["text"], "ids": sp.encode(v["text"]), "decoded": sp.decode(sp.encode(v["text"]))})
with open(out + "/sentencepiece.json", "w", encoding="utf-8") as f:
    json.dump({
        "tokens": [sp.id_to_piece(i) for i in range(sp.get_piece_size())],
        "scores": [sp.get_score(i) for i in range(sp.get_piece_size())],
        "types": types,
    }, f, ensure_ascii=False, separators=(",", ":"))
    f.write("\n")
with open(out + "/sentencepiece.vectors.json", "w", encoding="utf-8") as f:
    f.write("[\n" + ",\n".join(json.dumps(v, ensure_ascii=False, separators=(",", ":")) for v in vectors) + "\n]\n")
