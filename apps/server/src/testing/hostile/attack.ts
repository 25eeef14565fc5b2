/** One thing that somebody might send. */
export interface Attack {
  /** What is tried, unique within its class. */
  readonly name: string;
  /** All that goes over the wire. */
  readonly bytes: Buffer;
  /** It may also be taken, because it does no harm. Left out: it must be refused. */
  readonly harmless?: boolean;
  /** More than a class of status: the exact one. */
  readonly status?: number;
  /** Our side of the connection ends after the last byte. */
  readonly halfClose?: boolean;
}

interface Parts {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** A request, byte by byte: nothing is checked or made right. */
export function request(target: string, { method = 'GET', headers = {}, body }: Parts = {}): Buffer {
  const bytes = body === undefined ? null : Buffer.from(body as string);
  const all = { Host: 'localhost', ...(bytes && { 'Content-Length': String(bytes.length) }), ...headers };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([
    Buffer.from(`${method} ${target} HTTP/1.1\r\n${head.join('')}Connection: close\r\n\r\n`),
    bytes ?? Buffer.alloc(0),
  ]);
}

/** A POST or the like with a body of a type. */
export function posted(
  target: string,
  type: string | null,
  body: string | Buffer,
  { method = 'POST', headers = {} }: Omit<Parts, 'body'> = {},
): Buffer {
  return request(target, {
    method,
    body,
    headers: { ...(type !== null && { 'Content-Type': type }), ...headers },
  });
}

export const json = (target: string, body: unknown, method = 'POST'): Buffer =>
  posted(target, 'application/json', typeof body === 'string' ? body : JSON.stringify(body), { method });
