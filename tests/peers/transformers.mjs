// The standard graph in transformers.js, as a worker of peers.py: transformers.mjs FOLDER IDS.json. Batches of 32, longest first, padded to the longest.
import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { AutoModel, Tensor, env } from '@huggingface/transformers';

const BATCH = 32;
const [folder, idsFile] = process.argv.slice(2);
env.allowRemoteModels = false;
env.localModelPath = dirname(folder) + '/';
const model = await AutoModel.from_pretrained(basename(folder), { dtype: 'fp32', device: 'cpu' });
const sequences = JSON.parse(readFileSync(idsFile, 'utf8')).sort((a, b) => b.length - a.length);

function batchOf(rows) {
  const longest = rows[0].length;
  const tensor = (value) => new Tensor('int64', BigInt64Array.from(rows.flatMap((row) => Array.from({ length: longest }, (_, i) => BigInt(value(row, i))))), [rows.length, longest]);
  return { input_ids: tensor((row, i) => row[i] ?? 0), attention_mask: tensor((row, i) => (i < row.length ? 1 : 0)), token_type_ids: tensor(() => 0) };
}

const version = (name) => JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url))).version;
console.log(`${version('@huggingface/transformers')} on ${version('onnxruntime-node')}`);
for await (const _ of createInterface({ input: process.stdin })) {
  const start = performance.now();
  for (let first = 0; first < sequences.length; first += BATCH) {
    await model(batchOf(sequences.slice(first, first + BATCH)));
  }
  console.log((performance.now() - start) / 1000);
}
