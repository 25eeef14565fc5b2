import { createWriteStream } from 'node:fs';
import { type FileHandle, writeFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw, inflateRawSync } from 'node:zlib';
import type { GraftError } from '@graft/core';
import { readFully } from './file-reader.js';
import { shown } from './shown.js';
import type { OpenZip, ZipEntry } from './zip-entries.js';
import { badArchive } from './zip-refusal.js';

const CHUNK_BYTES = 2 ** 16;
/** Up to here streams take several times longer than the bytes themselves: 256 KB inflate within 2 ms. */
const AT_ONCE_BYTES = 2 ** 18;

/**
 * Unpacks one entry to a file that is not there yet, counting and summing what really comes out.
 *
 * @throws GraftError `data/bad-archive`, after which the file may be there in part; the signal's reason
 */
export async function extractEntry(
  { handle }: OpenZip,
  entry: ZipEntry,
  target: string,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  const isSmall = Math.max(entry.bytes, entry.compressedBytes) <= AT_ONCE_BYTES;
  try {
    if (isSmall) await extractAtOnce(handle, entry, target);
    else await extractInPieces(handle, entry, target, signal);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw unpackError(error, entry);
  }
}

async function extractAtOnce(handle: FileHandle, entry: ZipEntry, target: string): Promise<void> {
  const packed = Buffer.allocUnsafe(entry.compressedBytes);
  await readFully(handle, packed, entry.start);
  const bytes = entry.deflated ? inflate(packed, entry) : packed;
  refuseOther(entry, bytes.length, crc32(bytes));
  await writeFile(target, bytes, { flag: 'wx' });
}

function inflate(packed: Buffer, entry: ZipEntry): Buffer {
  const options = { maxOutputLength: Math.max(1, entry.bytes), info: true };
  // The typings leave out what `info` adds.
  const { buffer, engine } = inflateRawSync(packed, options) as unknown as {
    readonly buffer: Buffer;
    readonly engine: { readonly bytesWritten: number };
  };
  if (engine.bytesWritten !== packed.length) throw bytesBehind(entry);
  return buffer;
}

async function extractInPieces(
  handle: FileHandle,
  entry: ZipEntry,
  target: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const packed = packedBytes(handle, entry);
  const checked = (source: AsyncIterable<Buffer>) => checkedBytes(source, entry);
  const out = createWriteStream(target, { flags: 'wx' });
  const options = signal ? { signal } : {};
  if (!entry.deflated) return pipeline(packed, checked, out, options);
  const inflated = createInflateRaw({ chunkSize: CHUNK_BYTES });
  await pipeline(packed, inflated, checked, out, options);
  if (inflated.bytesWritten !== entry.compressedBytes) throw bytesBehind(entry);
}

async function* packedBytes(
  handle: FileHandle,
  { start, compressedBytes }: ZipEntry,
): AsyncGenerator<Buffer> {
  for (let done = 0; done < compressedBytes; done += CHUNK_BYTES) {
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, compressedBytes - done));
    await readFully(handle, chunk, start + done);
    yield chunk;
  }
}

async function* checkedBytes(source: AsyncIterable<Buffer>, entry: ZipEntry): AsyncGenerator<Buffer> {
  let bytes = 0;
  let sum = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > entry.bytes) break;
    sum = crc32(chunk, sum);
    yield chunk;
  }
  refuseOther(entry, bytes, sum);
}

function refuseOther(entry: ZipEntry, bytes: number, sum: number): void {
  if (bytes > entry.bytes) throw moreBytes(entry);
  if (bytes < entry.bytes) {
    throw badArchive(`${shown(entry.path)} with fewer than the ${entry.bytes} bytes declared`);
  }
  if (sum !== entry.crc32) {
    throw badArchive(`${shown(entry.path)}, whose bytes have another sum than declared`);
  }
}

function unpackError(error: unknown, entry: ZipEntry): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (code.startsWith('Z_')) return badArchive(`${shown(entry.path)}: ${(error as Error).message}`, error);
  if (code === 'ERR_BUFFER_TOO_LARGE') return moreBytes(entry);
  // The stream that inflates has seen its end and takes no more.
  return code === 'ABORT_ERR' ? bytesBehind(entry) : error;
}

const moreBytes = ({ path, bytes }: ZipEntry): GraftError =>
  badArchive(`${shown(path)} with more than the ${bytes} bytes declared`);

const bytesBehind = ({ path }: ZipEntry): GraftError =>
  badArchive(`${shown(path)}, which has bytes behind its end`);
