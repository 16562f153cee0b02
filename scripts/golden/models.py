#!/usr/bin/env python3
"""Writes tiny models of each family, as Hugging Face and as GGUF files hold them,
and the log-probabilities that PyTorch computes for them in float64, for the tests
of engine/native/modelfile. Needs Debian's python3-torch; the tests do not.

    /usr/bin/python3 scripts/golden/models.py engine/native/tokenizer/testdata engine/native/modelfile/testdata

The formulas are those of Hugging Face's modeling_llama.py and modeling_gpt2.py,
written out. The GGUF files are laid out as llama.cpp's convert_hf_to_gguf.py
does; scripts/golden/llamacpp.mjs then adds what llama.cpp itself computes.
"""
import json
import math
import os
import struct
import sys

import numpy as np
import torch

tokenizers, out = sys.argv[1], sys.argv[2]
torch.set_default_dtype(torch.float64)
rng = np.random.RandomState(7)
MERGES, MARKS = 40, 60


def tensor(*shape, scale=None, around=0.0):
    scale = scale if scale is not None else 1 / math.sqrt(shape[-1])
    return (rng.standard_normal(shape) * scale + around).astype(np.float16).astype(np.float32)


# Vocabularies cut from the tokenizers' tests.
def byte_level(name, keep):
    t = json.load(open(f"{tokenizers}/{name}.json", encoding="utf-8"))
    specials = t["added_tokens"]
    merges = [m if isinstance(m, list) else m.split(" ") for m in t["model"]["merges"][:keep]]
    order = [k for k, _ in sorted(t["model"]["vocab"].items(), key=lambda kv: kv[1])[:256]]
    order += [m for m in dict.fromkeys("".join(m) for m in merges) if m not in order]
    t["model"]["vocab"] = {k: i for i, k in enumerate(order)}
    t["model"]["merges"] = [" ".join(m) for m in merges]
    ids = {}
    for i, s in enumerate(specials):
        s["id"] = ids[s["content"]] = len(order) + i
    if t["post_processor"] and t["post_processor"]["type"] == "Sequence":
        for p in t["post_processor"]["processors"]:
            for s in p.get("special_tokens", {}).values():
                s["ids"] = [ids[s["id"]]]
    return t, order + [s["content"] for s in specials], merges


# safetensors
def write_safetensors(path, tensors, dtype):
    header, body = {}, b""
    for name, value in tensors.items():
        if dtype == "F32":
            raw = value.astype("<f4").tobytes()
        elif dtype == "F16":
            raw = value.astype("<f2").tobytes()
        else:  # BF16: the numbers are first rounded so, see bf16
            raw = (value.astype("<f4").view("<u4") >> 16).astype("<u2").tobytes()
        header[name] = {"dtype": dtype, "shape": list(value.shape), "data_offsets": [len(body), len(body) + len(raw)]}
        body += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    open(path, "wb").write(struct.pack("<Q", len(text)) + text + body)


def bf16(value):
    return (value.view("<u4") & 0xFFFF0000).view("<f4")


# GGUF
def gguf_value(value):
    if isinstance(value, bool):
        return 7, struct.pack("<B", value)
    if isinstance(value, int):
        return 4, struct.pack("<I", value)
    if isinstance(value, float):
        return 6, struct.pack("<f", value)
    if isinstance(value, str):
        return 8, struct.pack("<Q", len(value.encode())) + value.encode()
    if isinstance(value[0], float):
        return 9, struct.pack("<IQ", 6, len(value)) + b"".join(struct.pack("<f", v) for v in value)
    if isinstance(value[0], int):
        return 9, struct.pack("<IQ", 5, len(value)) + b"".join(struct.pack("<i", v) for v in value)
    return 9, struct.pack("<IQ", 8, len(value)) + b"".join(gguf_value(v)[1] for v in value)


def q8_0(value):
    """Blocks of 32: a half-precision scale and 32 int8. Returns the bytes and what they stand for."""
    blocks = value.reshape(-1, 32)
    scale = (np.abs(blocks).max(axis=1) / 127).astype(np.float16)
    q = np.rint(blocks / np.maximum(scale.astype(np.float32), 1e-9)[:, None]).clip(-127, 127).astype(np.int8)
    raw = b"".join(s.tobytes() + row.tobytes() for s, row in zip(scale, q))
    return raw, (q.astype(np.float32) * scale.astype(np.float32)[:, None]).reshape(value.shape)


def q4_0(value):
    blocks = value.reshape(-1, 32)
    at = np.abs(blocks).argmax(axis=1)
    scale = (blocks[np.arange(len(blocks)), at] / -8).astype(np.float16)
    q = np.trunc(blocks / scale.astype(np.float32)[:, None] + 8.5).clip(0, 15).astype(np.uint8)
    raw = b"".join(s.tobytes() + (row[:16] | row[16:] << 4).tobytes() for s, row in zip(scale, q))
    return raw, ((q.astype(np.float32) - 8) * scale.astype(np.float32)[:, None]).reshape(value.shape)


PACK = {"F32": (0, lambda v: v.astype("<f4").tobytes()), "F16": (1, lambda v: v.astype("<f2").tobytes()),
        "Q8_0": (8, lambda v: q8_0(v)[0]), "Q4_0": (2, lambda v: q4_0(v)[0])}


def write_gguf(path, metadata, tensors):
    head, info, data = b"", b"", b""
    for key, value in metadata.items():
        kind, raw = gguf_value(value)
        head += struct.pack("<Q", len(key)) + key.encode() + struct.pack("<I", kind) + raw
    for name, (dtype, value) in tensors.items():
        data += b"\0" * (-len(data) % 32)
        number, pack = PACK[dtype]
        info += struct.pack("<Q", len(name)) + name.encode() + struct.pack("<I", value.ndim)
        info += b"".join(struct.pack("<Q", d) for d in reversed(value.shape))
        info += struct.pack("<IQ", number, len(data))
        data += pack(value)
    data += b"\0" * (-len(data) % 32)
    text = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(metadata)) + head + info
    open(path, "wb").write(text + b"\0" * (-len(text) % 32) + data)


# The forward passes.
def logprobs(logits, tokens):
    return [0.0] + torch.log_softmax(logits, -1)[range(len(tokens) - 1), tokens[1:]].tolist()


def attend(q, k, v):
    length = q.shape[1]
    scores = q @ k.transpose(1, 2) / math.sqrt(q.shape[2])
    scores = scores + torch.triu(torch.full((length, length), -math.inf), 1)
    return torch.softmax(scores, -1) @ v


def llama(c, w, tokens):
    w = {k: torch.from_numpy(v.astype(np.float64)) for k, v in w.items()}
    hidden, heads, kv, hd = c["hidden_size"], c["num_attention_heads"], c["num_key_value_heads"], c["head_dim"]
    x = w["model.embed_tokens.weight"][tokens]
    frequency = 1 / c["rope_theta"] ** (torch.arange(0, hd, 2) / hd)
    scaling = c.get("rope_scaling")
    if scaling and scaling["rope_type"] == "linear":
        frequency = frequency / scaling["factor"]
    if scaling and scaling["rope_type"] == "llama3":
        wavelength = 2 * math.pi / frequency
        low, high = scaling["low_freq_factor"], scaling["high_freq_factor"]
        original = scaling["original_max_position_embeddings"]
        smooth = (original / wavelength - low) / (high - low)
        blend = (1 - smooth) * frequency / scaling["factor"] + smooth * frequency
        frequency = torch.where(wavelength > original / low, frequency / scaling["factor"], torch.where(wavelength < original / high, frequency, blend))
    angle = torch.outer(torch.arange(len(tokens), dtype=torch.float64), frequency)
    angle = torch.cat([angle, angle], -1)

    def norm(v, weight):
        return v / torch.sqrt((v * v).mean(-1, keepdim=True) + c["rms_norm_eps"]) * weight

    def rotate(v):
        turned = torch.cat([-v[..., hd // 2:], v[..., :hd // 2]], -1)
        return v * angle.cos() + turned * angle.sin()

    def linear(v, name):
        return v @ w[name + ".weight"].T + w.get(name + ".bias", 0)

    for i in range(c["num_hidden_layers"]):
        p = f"model.layers.{i}."
        h = norm(x, w[p + "input_layernorm.weight"])
        split = lambda v, n: v.view(len(tokens), n, hd).transpose(0, 1)
        q, k = rotate(split(linear(h, p + "self_attn.q_proj"), heads)), rotate(split(linear(h, p + "self_attn.k_proj"), kv))
        v = split(linear(h, p + "self_attn.v_proj"), kv)
        k, v = k.repeat_interleave(heads // kv, 0), v.repeat_interleave(heads // kv, 0)
        x = x + linear(attend(q, k, v).transpose(0, 1).reshape(len(tokens), heads * hd), p + "self_attn.o_proj")
        h = norm(x, w[p + "post_attention_layernorm.weight"])
        gate = linear(h, p + "mlp.gate_proj")
        x = x + linear(gate * torch.sigmoid(gate) * linear(h, p + "mlp.up_proj"), p + "mlp.down_proj")
    head = w.get("lm_head.weight", w["model.embed_tokens.weight"])
    return logprobs(norm(x, w["model.norm.weight"]) @ head.T, tokens)


def gpt2(c, w, tokens):
    w = {k: torch.from_numpy(v.astype(np.float64)) for k, v in w.items()}
    n, heads = c["n_embd"], c["n_head"]

    def norm(v, name):
        return torch.nn.functional.layer_norm(v, (n,), w[name + ".weight"], w[name + ".bias"], c["layer_norm_epsilon"])

    def conv(v, name):
        return v @ w[name + ".weight"] + w[name + ".bias"]

    x = w["wte.weight"][tokens] + w["wpe.weight"][:len(tokens)]
    for i in range(c["n_layer"]):
        p = f"h.{i}."
        q, k, v = (t.view(len(tokens), heads, n // heads).transpose(0, 1) for t in conv(norm(x, p + "ln_1"), p + "attn.c_attn").split(n, -1))
        x = x + conv(attend(q, k, v).transpose(0, 1).reshape(len(tokens), n), p + "attn.c_proj")
        h = conv(norm(x, p + "ln_2"), p + "mlp.c_fc")
        h = 0.5 * h * (1 + torch.tanh(math.sqrt(2 / math.pi) * (h + 0.044715 * h ** 3)))
        x = x + conv(h, p + "mlp.c_proj")
    return logprobs(norm(x, "ln_f") @ w["wte.weight"].T, tokens)


def llama_weights(c, bias=False, keep=lambda v: v):
    h, inner, hd = c["hidden_size"], c["intermediate_size"], c["head_dim"]
    q, kv = c["num_attention_heads"] * hd, c["num_key_value_heads"] * hd
    w = {"model.embed_tokens.weight": tensor(c["vocab_size"], h, scale=0.25 if c["tie_word_embeddings"] else 1)}
    for i in range(c["num_hidden_layers"]):
        p = f"model.layers.{i}."
        w[p + "input_layernorm.weight"] = tensor(h, scale=0.1, around=1)
        for name, shape in {"q": (q, h), "k": (kv, h), "v": (kv, h), "o": (h, q)}.items():
            w[p + f"self_attn.{name}_proj.weight"] = tensor(*shape)
            if bias and name != "o":
                w[p + f"self_attn.{name}_proj.bias"] = tensor(shape[0], scale=0.3)
        w[p + "post_attention_layernorm.weight"] = tensor(h, scale=0.1, around=1)
        w[p + "mlp.gate_proj.weight"] = tensor(inner, h)
        w[p + "mlp.up_proj.weight"] = tensor(inner, h)
        w[p + "mlp.down_proj.weight"] = tensor(h, inner)
    w["model.norm.weight"] = tensor(h, scale=0.1, around=1)
    if not c["tie_word_embeddings"]:
        w["lm_head.weight"] = tensor(c["vocab_size"], h)
    return {k: keep(v) for k, v in w.items()}


def gpt2_weights(c):
    n = c["n_embd"]
    w = {"wte.weight": tensor(c["vocab_size"], n, scale=0.25), "wpe.weight": tensor(c["n_positions"], n, scale=0.3)}
    for i in range(c["n_layer"]):
        p = f"h.{i}."
        for name in ("ln_1", "ln_2"):
            w[p + name + ".weight"], w[p + name + ".bias"] = tensor(n, scale=0.1, around=1), tensor(n, scale=0.1)
        for name, a, b in (("attn.c_attn", n, 3 * n), ("attn.c_proj", n, n), ("mlp.c_fc", n, 4 * n), ("mlp.c_proj", 4 * n, n)):
            w[p + name + ".weight"], w[p + name + ".bias"] = tensor(a, b, scale=1 / math.sqrt(a)), tensor(b, scale=0.1)
    w["ln_f.weight"], w["ln_f.bias"] = tensor(n, scale=0.1, around=1), tensor(n, scale=0.1)
    return w


# GGUF names; Llama's queries and keys are stored with neighbours paired.
def permute(v, heads):
    return v.reshape(heads, 2, v.shape[0] // heads // 2, *v.shape[1:]).swapaxes(1, 2).reshape(v.shape)


NAMES = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output", "input_layernorm": "attn_norm",
         "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
         "post_attention_layernorm": "ffn_norm", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
         "wte": "token_embd", "wpe": "position_embd", "ln_f": "output_norm", "ln_1": "attn_norm", "ln_2": "ffn_norm",
         "attn.c_attn": "attn_qkv", "attn.c_proj": "attn_output", "mlp.c_fc": "ffn_up", "mlp.c_proj": "ffn_down"}


def gguf_name(name):
    base, kind = name.rsplit(".", 1)
    prefix = ""
    for start in ("model.layers.", "h."):
        if base.startswith(start):
            layer, base = base[len(start):].split(".", 1)
            prefix = f"blk.{layer}."
    return prefix + NAMES[base] + "." + kind


def gguf_tensors(w, dtype, c, architecture):
    """Returns the tensors, and the weights as they are after rounding."""
    tensors, rounded = {}, {}
    for name, value in w.items():
        kind = dtype if value.ndim == 2 and "wpe" not in name else "F32"
        conv = architecture == "gpt2" and ".c_" in name and value.ndim == 2
        stored = value.T.copy() if conv else value
        back = {"Q8_0": q8_0, "Q4_0": q4_0}.get(kind, lambda v: (None, v))(stored)[1]
        rounded[name] = back.T if conv else back
        if architecture == "llama" and (".q_proj" in name or ".k_proj" in name):
            stored = permute(stored, c["num_attention_heads"] if ".q_proj" in name else c["num_key_value_heads"])
        tensors[gguf_name(name)] = (kind, stored)
    return tensors, rounded


def gguf_bytes_tokenizer(order, merges, pre, specials, bos=None, eos=None, template=None):
    meta = {"tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": pre, "tokenizer.ggml.tokens": order,
            "tokenizer.ggml.token_type": [3 if t in specials else 1 for t in order], "tokenizer.ggml.merges": [" ".join(m) for m in merges]}
    if bos is not None:
        meta["tokenizer.ggml.bos_token_id"] = bos
    if eos is not None:
        meta["tokenizer.ggml.eos_token_id"] = eos
    if template:
        meta["tokenizer.chat_template"] = template
    return meta


def llama_meta(a, c):
    return {"general.architecture": a, f"{a}.context_length": c["max_position_embeddings"], f"{a}.embedding_length": c["hidden_size"],
            f"{a}.block_count": c["num_hidden_layers"], f"{a}.feed_forward_length": c["intermediate_size"],
            f"{a}.attention.head_count": c["num_attention_heads"], f"{a}.attention.head_count_kv": c["num_key_value_heads"],
            f"{a}.attention.layer_norm_rms_epsilon": c["rms_norm_eps"], f"{a}.rope.freq_base": c["rope_theta"],
            f"{a}.rope.dimension_count": c["head_dim"], f"{a}.vocab_size": c["vocab_size"],
            f"{a}.attention.key_length": c["head_dim"], f"{a}.attention.value_length": c["head_dim"]}


golden = {}


def record(name, values, tokens, layout):
    golden[name] = {"tokens": tokens, "torch": values, "path": layout}


def folder(name, config, tokenizer, tokenizer_config, more=None):
    os.makedirs(f"{out}/{name}", exist_ok=True)
    files = {"config.json": config, "tokenizer.json": tokenizer, "tokenizer_config.json": tokenizer_config, **(more or {})}
    for file, content in files.items():
        with open(f"{out}/{name}/{file}", "w", encoding="utf-8") as f:
            json.dump(content, f, ensure_ascii=False, separators=(",", ":"))
            f.write("\n")


os.makedirs(out, exist_ok=True)
text = lambda vocabulary: [int(t) for t in rng.randint(0, vocabulary, 40)]
chats = json.load(open(os.path.dirname(out.rstrip("/")) + "/../chat/testdata/chats.json", encoding="utf-8"))

# 1. Llama 3: shards in BF16, grouped heads, scaled positions, separate head.
t, order, merges = byte_level("llama3", MERGES)
bos, eot = order.index("<|begin_of_text|>"), order.index("<|eot_id|>")
c = {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
     "num_key_value_heads": 2, "head_dim": 8, "intermediate_size": 64, "vocab_size": len(order), "max_position_embeddings": 256,
     "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "hidden_act": "silu", "tie_word_embeddings": False, "torch_dtype": "bfloat16",
     "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 32},
     "bos_token_id": bos, "eos_token_id": eot}
w = llama_weights(c, keep=bf16)
folder("llama3", c, t, {"bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>", "chat_template": chats["llama3"]["template"]},
       {"generation_config.json": {"eos_token_id": [eot]}})
names = list(w)
shards = {"model-00001-of-00002.safetensors": names[:11], "model-00002-of-00002.safetensors": names[11:]}
for file, part in shards.items():
    write_safetensors(f"{out}/llama3/{file}", {n: w[n] for n in part}, "BF16")
with open(f"{out}/llama3/model.safetensors.index.json", "w") as f:
    json.dump({"metadata": {"total_size": sum(2 * v.size for v in w.values())}, "weight_map": {n: file for file, part in shards.items() for n in part}}, f)
tokens = text(len(order))
record("llama3", llama(c, w, tokens), tokens, "llama3")
# The same as GGUF, where the scaling is a tensor of factors.
frequency = 1 / c["rope_theta"] ** (np.arange(0, 8, 2) / 8)
s = c["rope_scaling"]
turns = s["original_max_position_embeddings"] * frequency / (2 * math.pi)
smooth = (turns - s["low_freq_factor"]) / (s["high_freq_factor"] - s["low_freq_factor"])
factors = np.where(turns < s["low_freq_factor"], s["factor"], np.where(turns > s["high_freq_factor"], 1, 1 / ((1 - smooth) / s["factor"] + smooth)))
tensors, rounded = gguf_tensors(w, "F16", c, "llama")
tensors["rope_freqs.weight"] = ("F32", factors.astype(np.float32))
meta = {**llama_meta("llama", c), **gguf_bytes_tokenizer(order, merges, "llama-bpe", {a["content"] for a in t["added_tokens"]}, bos, eot, chats["llama3"]["template"])}
write_gguf(f"{out}/llama3.gguf", meta, tensors)
record("llama3.gguf", llama(c, w, tokens), tokens, "llama3.gguf")
# And in eight and four bits.
for dtype in ("Q8_0", "Q4_0"):
    tensors, rounded = gguf_tensors(w, dtype, c, "llama")
    tensors["rope_freqs.weight"] = ("F32", factors.astype(np.float32))
    name = f"llama3-{dtype.lower()}.gguf"
    write_gguf(f"{out}/{name}", meta, tensors)
    record(name, llama(c, rounded, tokens), tokens, name)

# 2. Qwen 2: biases, tied head, F16.
t, order, merges = byte_level("qwen2", MERGES)
c = {"model_type": "qwen2", "architectures": ["Qwen2ForCausalLM"], "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
     "num_key_value_heads": 1, "head_dim": 16, "intermediate_size": 64, "vocab_size": len(order), "max_position_embeddings": 128,
     "rms_norm_eps": 1e-6, "rope_theta": 1000000.0, "hidden_act": "silu", "tie_word_embeddings": True, "use_sliding_window": False,
     "sliding_window": 16, "bos_token_id": None, "eos_token_id": order.index("<|im_end|>")}
w = llama_weights(c, bias=True)
folder("qwen2", c, t, {"bos_token": None, "eos_token": {"content": "<|im_end|>"}, "chat_template": [{"name": "default", "template": chats["qwen2"]["template"]}]})
write_safetensors(f"{out}/qwen2/model.safetensors", w, "F16")
tokens = text(len(order))
record("qwen2", llama(c, w, tokens), tokens, "qwen2")
tensors, _ = gguf_tensors(w, "F16", c, "qwen2")
write_gguf(f"{out}/qwen2.gguf", {**llama_meta("qwen2", c), **gguf_bytes_tokenizer(order, merges, "qwen2", {a["content"] for a in t["added_tokens"] if a["special"]}, None, c["eos_token_id"], chats["qwen2"]["template"])}, tensors)
record("qwen2.gguf", llama(c, w, tokens), tokens, "qwen2.gguf")

# 3. GPT-2: transposed matrices, learned positions.
t, order, merges = byte_level("gpt2", MERGES)
c = {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 64, "n_ctx": 64,
     "vocab_size": len(order), "layer_norm_epsilon": 1e-5, "activation_function": "gelu_new",
     "bos_token_id": len(order) - 1, "eos_token_id": len(order) - 1}
w = gpt2_weights(c)
folder("gpt2", c, t, {"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>"})
mask = {f"h.{i}.attn.bias": np.tril(np.ones((1, 1, 4, 4), np.float32)) for i in range(2)}  # old files carry the mask
write_safetensors(f"{out}/gpt2/model.safetensors", {**w, **mask}, "F16")
tokens = text(len(order))
record("gpt2", gpt2(c, w, tokens), tokens, "gpt2")
for dtype in ("F16", "Q8_0"):
    tensors, rounded = gguf_tensors(w, dtype, c, "gpt2")
    name = "gpt2.gguf" if dtype == "F16" else "gpt2-q8_0.gguf"
    write_gguf(f"{out}/{name}", {
        "general.architecture": "gpt2", "gpt2.context_length": 64, "gpt2.embedding_length": 32, "gpt2.block_count": 2,
        "gpt2.feed_forward_length": 128, "gpt2.attention.head_count": 4, "gpt2.attention.layer_norm_epsilon": 1e-5,
        **gguf_bytes_tokenizer(order, merges, "gpt-2", {"<|endoftext|>"}, len(order) - 1, len(order) - 1)}, tensors)
    record(name, gpt2(c, rounded, tokens), tokens, name)

# 4. Llama 2: SentencePiece's scores, positions stretched in proportion.
v = json.load(open(f"{tokenizers}/sentencepiece.json", encoding="utf-8"))
cut = 259 + MARKS + 1
keep = list(range(cut)) + [i for i in range(cut, len(v["tokens"])) if len(v["tokens"][i]) == 1]
pieces, scores, types = ([v[k][i] for i in keep] for k in ("tokens", "scores", "types"))
c = {"model_type": "llama", "hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 2, "head_dim": 16,
     "intermediate_size": 32, "vocab_size": len(pieces), "max_position_embeddings": 128, "rms_norm_eps": 1e-6, "rope_theta": 10000.0,
     "tie_word_embeddings": True, "rope_scaling": {"rope_type": "linear", "factor": 2.0}}
w = llama_weights(c)
tensors, _ = gguf_tensors(w, "F16", c, "llama")
write_gguf(f"{out}/llama2.gguf", {
    **llama_meta("llama", c), "llama.rope.scaling.type": "linear", "llama.rope.scaling.factor": 2.0,
    "tokenizer.ggml.model": "llama", "tokenizer.ggml.tokens": pieces, "tokenizer.ggml.scores": scores, "tokenizer.ggml.token_type": types,
    "tokenizer.ggml.bos_token_id": 1, "tokenizer.ggml.eos_token_id": 2, "tokenizer.ggml.unknown_token_id": 0,
    "tokenizer.chat_template": chats["zephyr"]["template"]}, tensors)
tokens = text(len(pieces))
record("llama2.gguf", llama(c, w, tokens), tokens, "llama2.gguf")

with open(f"{out}/golden.json", "w") as f:
    f.write("{\n" + ",\n".join(json.dumps(k) + ":" + json.dumps(g) for k, g in golden.items()) + "\n}\n")
