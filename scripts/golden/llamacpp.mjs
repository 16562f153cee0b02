// Adds what llama.cpp computes for the GGUF files of engine/native/modelfile: the
// log-probabilities of golden.json's tokens, and the tokens of some texts.
//
//	npm install --ignore-scripts --prefix /tmp/golden node-llama-cpp@3.20.0   # llama.cpp, prebuilt
//	NODE_PATH=/tmp/golden/node_modules node scripts/golden/llamacpp.mjs engine/native/modelfile/testdata
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
const { getLlama } = await import(pathToFileURL(process.env.NODE_PATH + '/node-llama-cpp/dist/index.js').href);

const folder = process.argv[2];
const golden = JSON.parse(readFileSync(`${folder}/golden.json`, 'utf8'));
const texts = ['', 'a', ' a', 'Hello, World! 123', "it's  two  spaces\n\nand lines", 'naïve 你好 🙂', '\ttab', 'x<|im_end|>y', '</s> the'];
const llama = await getLlama({ gpu: false, build: 'never', progressLogs: false });
for (const [name, g] of Object.entries(golden)) {
  if (!name.endsWith('.gguf')) continue;
  const model = await llama.loadModel({ modelPath: `${folder}/${name}`, gpuLayers: 0 });
  const context = await model.createContext({ contextSize: 64, batchSize: 64, flashAttention: false });
  const sequence = context.getSequence();
  const input = g.tokens.map((t) => [t, { generateNext: { probabilities: true, options: { temperature: 1, topK: 0, topP: 1, minP: 0 } } }]);
  const result = await sequence.controlledEvaluate(input);
  g.llamacpp = g.tokens.map((t, i) => (i === 0 ? 0 : Math.log(result[i - 1].next.probabilities.get(t))));
  g.texts = texts.map((text) => ({ text, ids: model.tokenize(text, false) }));
  await context.dispose();
  await model.dispose();
}
writeFileSync(`${folder}/golden.json`, '{\n' + Object.entries(golden).map(([k, g]) => JSON.stringify(k) + ':' + JSON.stringify(g)).join(',\n') + '\n}\n');
process.exit(0);
