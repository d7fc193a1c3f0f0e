// Runs the script named first with the remaining arguments, and ends it when stdin closes: the pipe closes however the parent
// ends, SIGKILL included, so that no Azurite outlives the process that started it.
'use strict';

// Azurite keeps its indexes in memory and writes them every five seconds, and when it ends. A large index takes a while.
const graceMs = 60000;
let shutdown = () => process.exit(0); // until Azurite has registered its own, there is nothing to write

process.stdin.resume();
process.stdin.on('error', () => {});
process.stdin.once('close', () => {
  setTimeout(() => {
    console.error(`Azurite still ran ${graceMs} ms after it was told to stop.`);
    process.exit(1);
  }, graceMs).unref();
  shutdown();
});

// What Azurite prints while it ends goes to a parent that may be dead. An unhandled EPIPE would end it before it has written its files.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

// A Ctrl-C or the end of a terminal reaches the whole process group, but the parent decides when Azurite stops: after the work that
// needs it.
for (const signal of ['SIGINT', 'SIGHUP', 'SIGQUIT']) {
  if (process.platform !== 'win32' || signal !== 'SIGQUIT') process.on(signal, () => {});
}
const once = process.once;
process.once = (event, listener) => {
  if (event === 'SIGTERM') shutdown = listener;
  return event === 'SIGINT' ? process : once.call(process, event, listener);
};

// A client's connection that has not carried a request yet is not idle to Node.js, and would keep the process for the whole grace time.
const server = require('http').Server.prototype;
const close = server.close;
server.close = function (...args) {
  close.apply(this, args);
  this.closeAllConnections();
  return this;
};

// XML cannot hold every character that the name of a blob can, and Azurite fails to list a container with such a name. Azure encodes
// the name and says so, which the clients understand. In other texts, such as a message that another client has sent, the character is
// replaced.
const illegal = /[\0-\x08\x0B\f\x0E-\x1F\uFFFE\uFFFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;
const everyIllegal = new RegExp(illegal.source, 'g');
const legal = (text, key) => {
  const at = text.search(illegal);
  if (at < 0) return text;
  if (key === 'Name') return { $: { Encoded: 'true' }, _: encodeURIComponent(text) };
  // The next page begins behind its marker, which must not be behind the name.
  if (key === 'NextMarker') return text.slice(0, at) + (text[at] > '\uFFFD' ? '\uFFFD' : '');
  return text.replace(everyIllegal, '\uFFFD');
};
const legalIn = (value, key) => {
  if (typeof value === 'string') return legal(value, key);
  if (Array.isArray(value)) return value.map((item) => legalIn(item, key));
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, legalIn(item, name)]));
};
const builder = require(require.resolve('xml2js', { paths: [process.argv[2]] })).Builder.prototype;
const build = builder.buildObject;
builder.buildObject = function (value) {
  return build.call(this, legalIn(value));
};

process.argv.splice(1, 1);
require(process.argv[1]);
