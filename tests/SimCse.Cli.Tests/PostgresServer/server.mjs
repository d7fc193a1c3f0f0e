// A PostgreSQL with pgvector on a free port of this machine, until standard input ends.
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

const db = await PGlite.create({ extensions: { vector } });
const run = db.execProtocolRawStream.bind(db);
let copy = null;

// The socket server hands over one message at a time, while the engine wants a COPY with all its data at once: the answer
// that a client waits for is given here, the data are gathered, and the engine's own such answer is left out.
db.execProtocolRawStream = async (message, options) => {
  const [type, text] = [String.fromCharCode(message[0]), Buffer.from(message.subarray(5)).toString()];
  if (copy === null && type === 'Q' && /^COPY .* FROM STDIN/is.test(text)) {
    copy = [message];
    options.onRawData(Uint8Array.from([0x47, 0, 0, 0, 7, /BINARY/i.test(text) ? 1 : 0, 0, 0]));
  } else if (copy !== null && 'dcf'.includes(type)) {
    copy.push(message);
    if (type !== 'd') {
      const [all, answer] = [Buffer.concat(copy), []];
      copy = null;
      await run(new Uint8Array(all), { ...options, onRawData: data => answer.push(Buffer.from(data)) });
      const bytes = Buffer.concat(answer);
      options.onRawData(new Uint8Array(bytes[0] === 0x47 ? bytes.subarray(1 + bytes.readInt32BE(1)) : bytes));
    }
  } else {
    return await run(message, options);
  }
};

const server = new PGLiteSocketServer({ db, port: 0, host: '127.0.0.1', maxConnections: 8 });
await server.start();
console.log(server.getServerConn());
process.stdin.on('end', () => process.exit(0)).resume();
