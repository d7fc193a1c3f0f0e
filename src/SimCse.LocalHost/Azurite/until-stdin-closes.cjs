// Runs the script named first with the remaining arguments, and ends it when stdin closes: the pipe closes however the parent
// ends, SIGKILL included, so that no Azurite outlives the process that started it.
'use strict';

const graceMs = 5000;

process.stdin.resume();
process.stdin.on('error', () => {});
process.stdin.once('close', () => {
  setTimeout(() => {
    console.error(`Azurite still ran ${graceMs} ms after it was told to stop.`);
    process.exit(1);
  }, graceMs).unref();
  // Azurite's own handler flushes its files. Before it is registered there is nothing to flush.
  if (!process.emit('SIGTERM')) process.exit(0);
});

// A Ctrl-C in the terminal reaches the whole process group, but the parent decides when Azurite stops: after the work that needs it.
process.on('SIGINT', () => {});
const once = process.once;
process.once = (event, listener) => (event === 'SIGINT' ? process : once.call(process, event, listener));

// A client's connection that has not carried a request yet is not idle to Node.js, and would keep the process for the whole grace time.
const server = require('http').Server.prototype;
const close = server.close;
server.close = function (...args) {
  close.apply(this, args);
  this.closeAllConnections();
  return this;
};

process.argv.splice(1, 1);
require(process.argv[1]);
