import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Problem, problemBody } from './problem.js';
import { problemType, replyProblem } from './problem-reply.js';

/** Answers as problems too what Node refuses before there is a request: bytes that are no HTTP, and the like. */
export function answerRawProblems(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => answer(socket, problemOf(error)));
  server.on('connect', (_request, socket) => answer(socket, noTunnels));
  server.on('checkExpectation', (request, response) =>
    replyProblem(request, response, wrongExpectation, randomUUID()),
  );
}

const noTunnels = new Problem(405, 'method-not-allowed', 'Expected a request. Received CONNECT.', {
  hint: 'This is no proxy.',
});

const wrongExpectation = new Problem(
  417,
  'expectation',
  'Expected no "Expect", or "100-continue". Received another.',
);

function problemOf({ code = '' }: NodeJS.ErrnoException): Problem {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new Problem(431, 'headers-too-large', 'Expected at most 16 KB of headers. Received more.');
  }
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') {
    return new Problem(413, 'too-large', 'Expected chunks without extensions. Received long ones.');
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new Problem(408, 'too-slow', 'Expected a whole request in time. Received a part of one.');
  }
  return new Problem(400, 'bad-http', 'Expected HTTP/1.1. Received something else.', {
    details: { parser: /^[A-Z0-9_]{1,60}$/.test(code) ? code : null },
  });
}

function answer(socket: Duplex, problem: Problem): void {
  // An answer that has begun can't be told from this one.
  const begun = (socket as { _httpMessage?: { headersSent: boolean } })._httpMessage?.headersSent;
  if (!socket.writable || begun) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify(problemBody(problem, randomUUID()));
  const head = [
    `HTTP/1.1 ${problem.status} ${problemBody(problem, '').title}`,
    `content-type: ${problemType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}
