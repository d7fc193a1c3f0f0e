// Runs the script named first with the remaining arguments, and ends it when stdin closes: the pipe closes however the parent
// ends, SIGKILL included, so that no Azurite outlives the process that started it.
'use strict';

const graceMs = 5000;

process.stdin.resume();
process.stdin.on('error', () => {});
process.stdin.once('close', () => {
  setTimeout(() => process.exit(0), graceMs).unref();
  // Azurite's own handler flushes its files. Before it is registered there is nothing to flush.
  if (!process.emit('SIGTERM')) process.exit(0);
});

// A Ctrl-C in the terminal reaches the whole process group, but the parent decides when Azurite stops: after the work that needs it.
process.on('SIGINT', () => {});
const once = process.once;
process.once = (event, listener) => (event === 'SIGINT' ? process : once.call(process, event, listener));

process.argv.splice(1, 1);
require(process.argv[1]);
