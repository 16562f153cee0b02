# The model of the bars in PyTorch, one thread, for comparison. Prints tokens per
# CPU-second: of a prefill that scores every token, of one decoded stream.
import math
import resource
import sys

try:
    import torch
except ImportError:
    sys.exit(3)

torch.set_num_threads(1)
torch.manual_seed(1)
D, LAYERS, HEADS, INNER, VOCAB, CONTEXT = 256, 4, 4, 704, 512, 256
HEAD = D // HEADS


def weight(rows, cols):
    return (torch.rand(rows, cols) * 2 - 1) * math.sqrt(3 / cols)


embedding, head = torch.rand(VOCAB, D) * 2 - 1, weight(VOCAB, D)
layers = [
    {
        "q": weight(D, D), "k": weight(D, D), "v": weight(D, D), "o": weight(D, D),
        "gate": weight(INNER, D), "up": weight(INNER, D), "down": weight(D, INNER),
    }
    for _ in range(LAYERS)
]
angles = torch.arange(CONTEXT)[:, None] * 10000.0 ** (-torch.arange(HEAD // 2) / (HEAD // 2))
COS, SIN = torch.cat([angles.cos()] * 2, 1), torch.cat([angles.sin()] * 2, 1)


def norm(x):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5)


def turn(x, first):
    n = x.shape[2]
    cos, sin = COS[first:first + n], SIN[first:first + n]
    half = torch.cat([-x[..., HEAD // 2:], x[..., :HEAD // 2]], -1)
    return x * cos + half * sin


def forward(tokens, caches, first):
    batch, n = tokens.shape
    x = embedding[tokens]
    mask = torch.full((n, first + n), -math.inf).triu(first + 1)
    for w, cache in zip(layers, caches):
        y = norm(x)
        q, k, v = ((y @ w[name].T).view(batch, n, HEADS, HEAD).transpose(1, 2) for name in "qkv")
        q, k = turn(q, first), turn(k, first)
        cache[0][:, :, first:first + n], cache[1][:, :, first:first + n] = k, v
        k, v = cache[0][:, :, :first + n], cache[1][:, :, :first + n]
        scores = (q @ k.transpose(2, 3)) / math.sqrt(HEAD) + mask
        y = (scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, n, D)
        x = x + y @ w["o"].T
        y = norm(x)
        x = x + (torch.nn.functional.silu(y @ w["gate"].T) * (y @ w["up"].T)) @ w["down"].T
    return norm(x) @ head.T


def caches(batch):
    return [(torch.zeros(batch, HEADS, CONTEXT, HEAD), torch.zeros(batch, HEADS, CONTEXT, HEAD)) for _ in layers]


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def prefill(batch):
    tokens = torch.randint(0, VOCAB, (batch, CONTEXT))
    logits = forward(tokens, caches(batch), 0)
    logits[:, :-1].log_softmax(-1).gather(2, tokens[:, 1:, None]).sum()
    return batch * (CONTEXT - 1)


def decode():
    cache, token = caches(1), torch.zeros(1, 1, dtype=torch.long)
    for i in range(CONTEXT - 1):
        token = forward(token, cache, i)[:, -1:].argmax(-1)
    return CONTEXT - 1


def best(work, rounds):
    rates = []
    for _ in range(rounds + 1):
        before = cpu()
        tokens = work()
        rates.append(tokens / (cpu() - before))
    return max(rates[1:])


def blas():
    """Names the library that multiplies: with a plain one PyTorch is 20 times slower."""
    try:
        with open("/proc/self/maps") as maps:
            loaded = maps.read()
    except OSError:
        return "BLAS-not-known"
    for name in ("openblas", "mkl_", "blis"):
        if name in loaded:
            return name.strip("_")
    return "plain-BLAS"


with torch.no_grad():
    print(torch.__version__ + "+" + blas(), max(best(lambda: prefill(1), 4), best(lambda: prefill(16), 2)), best(decode, 2))
