// The standard graph in transformers.js, as a worker of peers.py: transformers.mjs FOLDER. Batches of 32, longest first, padded to the longest.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { AutoModel, Tensor, env } from '@huggingface/transformers';

const BATCH = 32;
const folder = process.argv[2];
env.allowRemoteModels = false;
env.localModelPath = dirname(folder) + '/';
const model = await AutoModel.from_pretrained(basename(folder), { dtype: 'fp32', device: 'cpu' });

function batchOf(rows) {
  const longest = rows[0].length;
  const tensor = (value) => new Tensor('int64', BigInt64Array.from(rows.flatMap((row) => Array.from({ length: longest }, (_, i) => BigInt(value(row, i))))), [rows.length, longest]);
  return { input_ids: tensor((row, i) => row[i] ?? 0), attention_mask: tensor((row, i) => (i < row.length ? 1 : 0)), token_type_ids: tensor(() => 0) };
}

async function encode(sequences) {
  const longestFirst = sequences.map((_, index) => index).sort((a, b) => sequences[b].length - sequences[a].length);
  let vectors;
  for (let first = 0; first < longestFirst.length; first += BATCH) {
    const indices = longestFirst.slice(first, first + BATCH);
    const { data, dims } = (await model(batchOf(indices.map((index) => sequences[index])))).sentence_embedding;
    const width = dims[1];
    vectors ??= new Float32Array(sequences.length * width);
    indices.forEach((index, row) => vectors.set(data.subarray(row * width, (row + 1) * width), index * width));
  }
  return vectors;
}

const version = (name) => JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url))).version;
console.log(`${version('@huggingface/transformers')} on ${version('onnxruntime-node')}`);
for await (const line of createInterface({ input: process.stdin })) {
  const [set, output] = line.split(' ');
  const sequences = JSON.parse(readFileSync(join(folder, `${set}.json`), 'utf8'));
  const start = performance.now();
  const vectors = await encode(sequences);
  const seconds = (performance.now() - start) / 1000;
  if (output) {
    writeFileSync(output, vectors);
  }
  console.log(`${seconds} ${sequences.length}`);
}
