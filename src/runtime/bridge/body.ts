/** The body of a request, as far as there is room for it. */
import type { IncomingMessage } from 'node:http';

/** Of all bodies that are being read or used, for memory is not one client's. */
const MOST_BYTES_AT_ONCE = 64 * 1024 * 1024;
let bytesAtOnce = 0;

/** It is too long, or too much is being read at once. */
export class BodyError extends Error {
  /** Of HTTP. */
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * @param most bytes of it.
 * @param use until it is done, the body counts as one of those for which there has to be room.
 * @throws BodyError; and an error of the connection's, if it ends before the body does.
 */
export async function withBody(
  request: IncomingMessage,
  most: number,
  use: (body: Buffer) => Promise<void>,
): Promise<void> {
  const body = await bodyOf(request, most);
  const { length } = body;
  bytesAtOnce += length;
  try {
    await use(body);
  } finally {
    bytesAtOnce -= length;
  }
}

function bodyOf(request: IncomingMessage, most: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let length = 0;
    const done = () => {
      bytesAtOnce -= length;
      request.off('data', take);
    };
    const fail = (error: Error) => {
      done();
      length = 0;
      chunks = [];
      reject(error);
    };
    const take = (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      bytesAtOnce += chunk.length;
      if (length > most) fail(new BodyError(413, `the body is longer than ${most} bytes`));
      else if (bytesAtOnce > MOST_BYTES_AT_ONCE) fail(new BodyError(503, 'too much is being read at once'));
    };
    if (Number(request.headers['content-length']) > most) {
      reject(new BodyError(413, `the body is longer than ${most} bytes`));
      return;
    }
    request.on('data', take);
    request.on('end', () => {
      done();
      length = 0;
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
      // The request lasts until it is answered, and these listeners with it.
      chunks = [];
    });
    request.on('error', fail);
    request.on('close', () => {
      if (!request.complete) fail(new Error('the client has gone'));
    });
  });
}
