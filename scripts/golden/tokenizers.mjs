// Writes small tokenizers and what Hugging Face's own library makes of many texts,
// for the tests of engine/native/tokenizer:
//
//	npm install --prefix /tmp/golden @anush008/tokenizers@0.6.0   # the Rust library, prebuilt
//	NODE_PATH=/tmp/golden/node_modules node scripts/golden/tokenizers.mjs engine/native/tokenizer/testdata FILE...
//
// The merges are learned from the FILEs (the committed ones: the Go distribution's
// src/strings/strings_test.go, src/unicode/utf8/utf8_test.go and CONTRIBUTING.md).
// The library and the network are needed only here, not by the tests.
import { createRequire } from 'node:module';
import { readFileSync, writeFileSync, mkdirSync } from 'node:fs';
const { Tokenizer } = createRequire(process.env.NODE_PATH + '/')('@anush008/tokenizers');

const [out, ...files] = process.argv.slice(2);
mkdirSync(out, { recursive: true });
const corpus = files.map((f) => readFileSync(f, 'utf8')).join('\n').slice(0, 300_000) +
  ' naïve café Ünïcödé 你好世界 こんにちは Привет мир γειά 🙂🙃 it\'s they\'ll I\'D 12345 67890 2024'.repeat(20);

// GPT-2's way to write bytes.
const byteChars = (() => {
  let next = 0x100;
  return [...Array(256).keys()].map((b) =>
    String.fromCodePoint((b >= 0x21 && b <= 0x7e) || (b >= 0xa1 && b !== 0xad) ? b : next++));
})();
const toBytes = (word) => [...Buffer.from(word, 'utf8')].map((b) => byteChars[b]);

// Learns merges the simple way: the most frequent pair of neighbours, again and again.
function learn(words, count) {
  const tally = new Map();
  for (const w of words) tally.set(w.join('\u0000'), (tally.get(w.join('\u0000')) ?? 0) + 1);
  let list = [...tally].map(([w, n]) => [w.split('\u0000'), n]);
  const merges = [];
  while (merges.length < count) {
    const pairs = new Map();
    for (const [w, n] of list)
      for (let i = 0; i + 1 < w.length; i++) {
        const key = w[i] + '\u0000' + w[i + 1];
        pairs.set(key, (pairs.get(key) ?? 0) + n);
      }
    const best = [...pairs].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0];
    if (!best || best[1] < 2) break;
    const [left, right] = best[0].split('\u0000');
    merges.push([left, right]);
    list = list.map(([w, n]) => {
      const merged = [];
      for (let i = 0; i < w.length; i++) {
        if (i + 1 < w.length && w[i] === left && w[i + 1] === right) merged.push(left + w[i++ + 1]);
        else merged.push(w[i]);
      }
      return [merged, n];
    });
  }
  return merges;
}

const gpt2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
const llama3 = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const qwen2 = llama3.replace('{1,3}', '');

const byteWords = corpus.match(/ ?\p{L}+| ?\p{N}{1,3}| ?[^\s\p{L}\p{N}]+|\s+/gu).map(toBytes);
const byteMerges = learn(byteWords, 300);
const markWords = ('▁' + corpus.replaceAll(' ', '▁')).match(/▁?[^▁]+/gu).map((w) => [...w]);
const markMerges = learn(markWords, 300);

const numbered = (list) => Object.fromEntries(list.map((t, i) => [t, i]));
const byteVocab = numbered([...new Set([...byteChars, ...byteMerges.map((m) => m.join(''))])]);
const characters = [...new Set([...corpus.replaceAll(' ', '▁')])].filter((c) => !'\u0000Ü世🙃\n\t'.includes(c)).slice(0, 150);
const fallback = [...Array(256).keys()].map((b) => `<0x${b.toString(16).toUpperCase().padStart(2, '0')}>`);
const markVocab = numbered([...new Set(['<unk>', '<s>', '</s>', ...fallback, ...characters])]);
const usable = markMerges.filter(([l, r]) => {
  if (!(l in markVocab) || !(r in markVocab)) return false;
  if (!((l + r) in markVocab)) markVocab[l + r] = Object.keys(markVocab).length;
  return true;
});

const added = (id, content, more = {}) => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true, ...more });
const byteLevel = (more = {}) => ({ type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true, ...more });
const split = (Regex) => ({ type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false });
const sequence = (key, ...parts) => ({ type: 'Sequence', [key]: parts });
const begin = (content, id) => ({
  type: 'TemplateProcessing',
  single: [{ SpecialToken: { id: content, type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
  pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
  special_tokens: { [content]: { id: content, ids: [id], tokens: [content] } },
});
const model = (vocab, merges, more = {}) => ({
  type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null,
  fuse_unk: false, byte_fallback: false, ignore_merges: false, vocab, merges, ...more,
});
const lines = (merges) => merges.map((m) => m.join(' '));
const n = Object.keys(byteVocab).length;
const sentence = [added(0, '<unk>'), added(1, '<s>'), added(2, '</s>')];
const sentenceModel = model(markVocab, lines(usable), { unk_token: '<unk>', fuse_unk: true, byte_fallback: true });
const sentenceDecoder = sequence('decoders', { type: 'Replace', pattern: { String: '▁' }, content: ' ' }, { type: 'ByteFallback' }, { type: 'Fuse' }, { type: 'Strip', content: ' ', start: 1, stop: 0 });

const kinds = {
  gpt2: {
    added_tokens: [added(n, '<|endoftext|>')], normalizer: null, pre_tokenizer: byteLevel(), post_processor: byteLevel(),
    decoder: byteLevel(), model: model(byteVocab, lines(byteMerges)),
  },
  llama3: {
    added_tokens: ['<|begin_of_text|>', '<|eot_id|>', '<|start_header_id|>', '<|end_header_id|>'].map((t, i) => added(n + i, t)),
    normalizer: null, pre_tokenizer: sequence('pretokenizers', split(llama3), byteLevel({ use_regex: false })),
    post_processor: sequence('processors', byteLevel(), begin('<|begin_of_text|>', n)), decoder: byteLevel(),
    model: model({ ...byteVocab }, byteMerges.filter((m) => m.join('') !== ' the'), { ignore_merges: true }),
  },
  qwen2: {
    added_tokens: [added(n, '<|im_start|>'), added(n + 1, '<|im_end|>'), added(n + 2, '<tool_call>', { special: false }), added(n + 3, '<|pad|>', { rstrip: true, lstrip: true }), added(n + 4, '<|im|>', { single_word: true })],
    normalizer: { type: 'NFC' }, pre_tokenizer: sequence('pretokenizers', split(qwen2), byteLevel({ use_regex: false })),
    post_processor: byteLevel(), decoder: byteLevel(), model: model(byteVocab, lines(byteMerges)),
  },
  smollm: {
    added_tokens: [added(n, '<|endoftext|>')], normalizer: null,
    pre_tokenizer: sequence('pretokenizers', { type: 'Digits', individual_digits: true }, byteLevel({ add_prefix_space: false })),
    post_processor: null, decoder: byteLevel(), model: model(byteVocab, lines(byteMerges)),
  },
  prefixed: {
    added_tokens: [added(n, '<|endoftext|>')], normalizer: null, pre_tokenizer: byteLevel({ add_prefix_space: true }),
    post_processor: null, decoder: byteLevel(), model: model(byteVocab, lines(byteMerges)),
  },
  llama2: {
    added_tokens: sentence, normalizer: sequence('normalizers', { type: 'Prepend', prepend: '▁' }, { type: 'Replace', pattern: { String: ' ' }, content: '▁' }),
    pre_tokenizer: null, post_processor: begin('<s>', 1), decoder: sentenceDecoder, model: sentenceModel,
  },
  mistral: {
    added_tokens: sentence, normalizer: null,
    pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first', split: false },
    post_processor: begin('<s>', 1), decoder: sentenceDecoder, model: sentenceModel,
  },
  metaspace: {
    added_tokens: sentence, normalizer: null,
    pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
    post_processor: null, decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
    model: model(markVocab, usable, { unk_token: '<unk>', fuse_unk: true }),
  },
};

// Texts: what goes wrong by hand, and mixtures by a fixed generator.
const texts = [
  '', ' ', '  ', '\n', '\n\n', ' \n ', '\r\n\r\n x', 'a', ' a', '  a', 'a ', 'a  b   c', 'hello world', 'Hello, World! 123 4567 89012',
  "it's IT'S they'll THEY'LL I'd we've 'tis ''s x'ſ 'ſ 'RE", 'tabs\tand\ttabs\t\tdone', 'a\n\n\nb', 'a \n\n b', 'x  \n  y', '!!!???...\n\n', '"quoted" (brackets) [x] {y}',
  'naïve café Ünïcödé', 'e\u0301 a\u030a n\u0303', '你好世界', 'こんにちは世界', 'Привет, мир', 'हिन्दी भाषा', 'عربي 123', '🙂🙃👨‍👩‍👧', 'ⅷ ½ ٣ ²³ 一二',
  'nbsp\u00a0here\u2003em\u3000wide', 'zero\u200bwidth', 'line\u2028sep\u0085nel\u000bvt', '\u0000nul\u0001', 'const x = func() (int, error) { return 0, nil }',
  'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '          indented', '▁mark ▁▁ marks▁', '<s> not </s> begin', '<|endoftext|>after', 'before<|im_start|>user\nhi<|im_end|>\n',
  'a <|pad|> b  <|pad|>  c', 'x<tool_call>y <tool_call> z', 'w<|im|>w <|im|> w', '<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nhi<|eot_id|>', '<0x0A> <0x41>', ' the the  the', '\ufeffbom', '\uffff\ufffd',
];
let state = 1;
const random = (below) => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) % below;
const alphabet = [...' '.repeat(12), ...'aeinorst', ...'THE', ...'0123', ...'.,!\'"-', '\n', '\r', '\t', 'é', 'ß', '你', '🙂', 'я', '\u0301', '\u00a0', '½', '▁', "'s", ' the', 'ing'];
for (let i = 0; i < 60; i++) {
  let text = '';
  for (let j = 1 + random(40); j > 0; j--) text += alphabet[random(65536) % alphabet.length];
  texts.push(text);
}

for (const [name, parts] of Object.entries(kinds)) {
  const json = JSON.stringify({ version: '1.0', truncation: null, padding: null, ...parts });
  const tokenizer = Tokenizer.fromString(json);
  const vectors = [];
  for (const text of texts) {
    const ids = (await tokenizer.encode(text)).getIds();
    vectors.push({ text, ids, decoded: await tokenizer.decode(ids, true) });
  }
  writeFileSync(`${out}/${name}.json`, json + '\n');
  writeFileSync(`${out}/${name}.vectors.json`, '[\n' + vectors.map((v) => JSON.stringify(v)).join(',\n') + '\n]\n');
  console.log(name, Object.keys(parts.model.vocab).length, 'tokens', vectors.length, 'texts');
}
