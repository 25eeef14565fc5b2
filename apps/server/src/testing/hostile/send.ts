import { connect } from 'node:net';
import type { Attack } from './attack.js';

export interface Answer {
  /** Of the first answer; 0: none came. */
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly milliseconds: number;
}

/** Sends an attack on a connection of its own and waits for the other side to end, or for the end of an answer. */
export function send(
  { bytes, halfClose = false }: Attack,
  port: number,
  milliseconds: number,
): Promise<Answer> {
  return new Promise((resolve) => {
    const begin = performance.now();
    const socket = connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    const end = () => {
      clearTimeout(late);
      socket.destroy();
      resolve({ ...parsed(Buffer.concat(chunks)), milliseconds: performance.now() - begin });
    };
    const late = setTimeout(end, milliseconds);
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      if (isWhole(Buffer.concat(chunks))) end();
    });
    // What is refused before it is read may break the pipe; the answer came all the same.
    socket.on('error', () => {}).on('close', end);
    if (halfClose) socket.end(bytes);
    else socket.write(bytes);
  });
}

function isWhole(bytes: Buffer): boolean {
  const { head, body } = split(bytes);
  const length = /^content-length: (\d+)/im.exec(head)?.[1];
  return length !== undefined && Buffer.byteLength(body, 'latin1') >= Number(length);
}

function parsed(bytes: Buffer): Omit<Answer, 'milliseconds'> {
  const { head, body } = split(bytes);
  return {
    status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0),
    type: /^content-type: (.+)/im.exec(head)?.[1]?.trim() ?? '',
    body: Buffer.from(body, 'latin1').toString('utf8'),
  };
}

function split(bytes: Buffer): { head: string; body: string } {
  const text = bytes.toString('latin1').replace(/^HTTP\/1\.1 100 .*\r\n\r\n/, '');
  const at = text.indexOf('\r\n\r\n');
  return at < 0 ? { head: text, body: '' } : { head: text.slice(0, at), body: text.slice(at + 4) };
}
