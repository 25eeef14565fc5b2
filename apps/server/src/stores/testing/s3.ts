import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { S3Config } from '../s3-config.js';

const program = process.env.GRAFT_MOTO;

/** moto's server; null where there is none, and tests are to be skipped. */
export const motoServer: string | null = program && existsSync(program) ? program : null;

/** An S3 server of its own that keeps everything in memory. */
export interface TestS3 {
  readonly endpoint: string;
  /** A new, empty bucket. */
  createBucket(): Promise<S3Config>;
  /** Ends it; what it held is gone. */
  stop(): Promise<void>;
}

/** Any will do; the SDK takes them from the environment. */
export function setTestCredentials(): void {
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
}

/** @example const s3 = await startS3(); afterAll(() => s3.stop()); */
export async function startS3(): Promise<TestS3> {
  setTestCredentials();
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const server = spawn(motoServer!, ['--host', '127.0.0.1', '--port', String(port)], { stdio: 'ignore' });
  for (const begin = Date.now(); !(await answers(endpoint)); await sleep(100)) {
    if (Date.now() - begin > 60_000) throw new Error('Expected moto to answer within 60 s.');
  }
  let buckets = 0;
  return {
    endpoint,
    createBucket: async () => {
      const config = { bucket: `test-${++buckets}`, endpoint, region: 'us-east-1', pathStyle: true };
      const client = new S3Client({ endpoint, region: config.region, forcePathStyle: true });
      await client.send(new CreateBucketCommand({ Bucket: config.bucket }));
      client.destroy();
      return config;
    },
    stop: async () => {
      const exit = once(server, 'exit');
      server.kill('SIGKILL');
      await exit;
    },
  };
}

function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}
