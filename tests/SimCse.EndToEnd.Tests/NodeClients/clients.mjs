// node clients.mjs ADDRESS KEY < ["text", …]: the vectors that each client gets, by its name, and what the lists of models say. None of the
// clients knows this app: each has its address, its key and its defaults.
import { readFileSync } from "node:fs";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { InferenceClient } from "@huggingface/inference";
import { AzureOpenAIEmbeddings, OpenAIEmbeddings } from "@langchain/openai";
import { OpenAIEmbedding } from "@llamaindex/openai";
import { embedMany } from "ai";
import { Ollama } from "ollama";
import OpenAI, { AzureOpenAI } from "openai";

const [address, key] = process.argv.slice(2);
const texts = JSON.parse(readFileSync(0, "utf8"));
const [model, baseURL, endpoint] = ["any-name", `${address}v1`, address.replace(/\/$/, "")];
const azure = { apiKey: key, endpoint, apiVersion: "2024-10-21", deployment: model, maxRetries: 0 };
const vectorsOf = answer => answer.data.map(item => item.embedding);

const clients = {
  "openai": () => new OpenAI({ baseURL, apiKey: key, maxRetries: 0 }).embeddings.create({ model, input: texts }).then(vectorsOf),
  "openai, Azure": () => new AzureOpenAI(azure).embeddings.create({ model, input: texts }).then(vectorsOf),
  "openai, a slash too many": () =>
    new OpenAI({ baseURL: `${address}/v1/`, apiKey: key, maxRetries: 0 }).embeddings.create({ model, input: texts }).then(vectorsOf),
  "LangChain.js": () =>
    new OpenAIEmbeddings({ model, apiKey: key, maxRetries: 0, configuration: { baseURL } }).embedDocuments(texts),
  "LangChain.js, Azure": () =>
    new AzureOpenAIEmbeddings({
      azureOpenAIApiKey: key, azureOpenAIBasePath: `${address}openai/deployments`, azureOpenAIApiDeploymentName: model,
      azureOpenAIApiVersion: "2024-10-21",
      maxRetries: 0,
    }).embedDocuments(texts),
  "LlamaIndex.TS": () =>
    new OpenAIEmbedding({ model, apiKey: key, maxRetries: 0, additionalSessionOptions: { baseURL } }).getTextEmbeddings(texts),
  "Vercel AI SDK, OpenAI": () =>
    embedMany({ model: createOpenAI({ baseURL, apiKey: key }).embeddingModel(model), values: texts }).then(answer => answer.embeddings),
  "Vercel AI SDK, compatible": () =>
    embedMany({ model: createOpenAICompatible({ name: "simcse", baseURL, apiKey: key }).embeddingModel(model), values: texts })
      .then(answer => answer.embeddings),
  "@huggingface/inference": () => new InferenceClient(key, { endpointUrl: address }).featureExtraction({ inputs: texts }),
  "ollama": () =>
    new Ollama({ host: address, headers: { Authorization: `Bearer ${key}` } }).embed({ model, input: texts }).then(answer => answer.embeddings),
};

const results = {};
for (const [name, run] of Object.entries(clients)) {
  results[name] = await run().then(vectors => ({ vectors }), error => ({ error: `${error.stack}` }));
}

const models = [new OpenAI({ baseURL, apiKey: key, maxRetries: 0 }), new AzureOpenAI({ ...azure, deployment: undefined })];
const lists = await Promise.all(models.map(client => client.models.list().then(list => list.data.map(item => item.id))));
console.log(JSON.stringify({ results, lists }));
