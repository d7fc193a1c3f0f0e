// node embed.mjs ADDRESS KEY < {"input": …}: what openai's client makes of this app, as one JSON object.
import OpenAI from "openai";
import { readFileSync } from "node:fs";

const [address, key] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${address}v1`, apiKey: key, maxRetries: 0 });
const request = { model: "simcse", ...JSON.parse(readFileSync(0, "utf8")) };
try {
  const answer = await client.embeddings.create(request);
  console.log(JSON.stringify({ vectors: answer.data.map(item => item.embedding), usage: answer.usage, model: answer.model }));
} catch (error) {
  console.log(JSON.stringify({ name: error.constructor.name, status: error.status, message: error.message, type: error.type }));
}
