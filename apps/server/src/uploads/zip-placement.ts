import type { FileHandle } from 'node:fs/promises';
import { readFully } from './file-reader.js';
import { shown } from './shown.js';
import type { ZipDirectory, ZipRecord } from './zip-directory.js';
import { badArchive } from './zip-refusal.js';

/** Signature to extra length: what comes before the name in a local header. */
const HEADER_BYTES = 30;
/** Sizes and CRC come behind the data. */
const DESCRIPTOR_FLAG = 0x8;
const IN_ZIP64_FIELD = 0xffffffff;
const READS_AT_ONCE = 32;

/**
 * Finds where the data of each entry begins, by its local header, which must say the same as the directory. No two
 * entries may share bytes: a bomb of that kind packs the same megabyte a thousand times.
 *
 * @returns one a record, in their order
 * @throws GraftError `data/bad-archive`
 */
export async function placeZipData(
  file: FileHandle,
  { records, start: end }: ZipDirectory,
  signal?: AbortSignal,
): Promise<number[]> {
  const starts = new Array<number>(records.length).fill(0);
  const inOrder = records
    .map((_, index) => index)
    .sort((a, b) => at(records, a).offset - at(records, b).offset);
  let free = 0;
  for (let first = 0; first < inOrder.length; first += READS_AT_ONCE) {
    signal?.throwIfAborted();
    const batch = inOrder.slice(first, first + READS_AT_ONCE);
    const places = await Promise.all(batch.map((index) => dataStart(file, at(records, index), end)));
    for (const [i, index] of batch.entries()) {
      const { offset, compressedBytes, name } = at(records, index);
      const start = places[i] as number;
      if (offset < free) throw badArchive(`${shown(name)}, which shares bytes with another entry`);
      free = start + compressedBytes;
      if (free > end) throw badArchive(`${shown(name)}, which is longer than the file`);
      starts[index] = start;
    }
  }
  return starts;
}

async function dataStart(file: FileHandle, record: ZipRecord, end: number): Promise<number> {
  const { name, rawName, offset } = record;
  const length = HEADER_BYTES + rawName.length;
  const lies = (what: string) => badArchive(`${shown(name)}, ${what}`);
  if (!(offset + length <= end)) throw lies('which lies outside of the file');
  const header = Buffer.allocUnsafe(length);
  await readFully(file, header, offset);
  if (header.readUInt32LE(0) !== 0x04034b50) throw lies('where there is no file');
  if (!header.subarray(HEADER_BYTES).equals(rawName) || header.readUInt16LE(26) !== rawName.length) {
    throw lies('which has another name in its own header');
  }
  const flags = header.readUInt16LE(6);
  if (header.readUInt16LE(8) !== record.method || (flags ^ record.flags) & 1) {
    throw lies('which is packed otherwise by its own header');
  }
  if (!(flags & DESCRIPTOR_FLAG)) {
    const said = [header.readUInt32LE(14), header.readUInt32LE(18), header.readUInt32LE(22)] as const;
    const [crc32, compressed, bytes] = said;
    const differs = (own: number, listed: number) => own !== listed && own !== IN_ZIP64_FIELD;
    if (
      crc32 !== record.crc32 ||
      differs(compressed, record.compressedBytes) ||
      differs(bytes, record.bytes)
    ) {
      throw lies('which has another size or sum in its own header');
    }
  }
  return offset + length + header.readUInt16LE(28);
}

const at = (records: readonly ZipRecord[], index: number): ZipRecord => records[index] as ZipRecord;
