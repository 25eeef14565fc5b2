import { crc32, deflateRawSync } from 'node:zlib';

/** What a header says; whatever is not given is true. */
interface Said {
  readonly name?: Buffer;
  readonly flags?: number;
  readonly method?: number;
  readonly crc32?: number;
  readonly compressed?: number;
  readonly bytes?: number;
  readonly extra?: Buffer;
}

export interface RawEntry {
  readonly name: string | Buffer;
  readonly data?: Buffer | string;
  readonly stored?: boolean;
  /** In place of what deflate makes. */
  readonly packed?: Buffer;
  readonly local?: Said;
  readonly central?: Said & { readonly attributes?: number; readonly offset?: number };
  /** In both headers. */
  readonly both?: Said;
  /** No local header and no data. */
  readonly centralOnly?: boolean;
}

export interface RawEnd {
  readonly count?: number;
  readonly offset?: number;
  readonly comment?: Buffer;
  readonly disk?: number;
  /** Adds the zip64 records, with these lies. */
  readonly zip64?: { readonly count?: bigint; readonly offset?: bigint; readonly recordAt?: bigint };
  readonly behind?: Buffer;
  readonly before?: Buffer;
}

/** A zip file byte by byte, so that each of its statements can be a lie. */
export function rawZip(entries: readonly RawEntry[], end: RawEnd = {}): Buffer {
  const parts: Buffer[] = end.before ? [end.before] : [];
  const central: Buffer[] = [];
  let offset = end.before?.length ?? 0;
  for (const entry of entries) {
    const data = Buffer.from(entry.data ?? '');
    const packed = entry.packed ?? (entry.stored ? data : deflateRawSync(data));
    const truth = {
      name: Buffer.from(entry.name as string),
      flags: 0x800,
      method: entry.stored ? 0 : 8,
      crc32: crc32(data),
      compressed: packed.length,
      bytes: data.length,
      extra: Buffer.alloc(0),
    };
    const local = localHeader({ ...truth, ...entry.both, ...entry.local });
    central.push(centralRecord({ ...truth, attributes: 0, offset, ...entry.both, ...entry.central }));
    if (entry.centralOnly) continue;
    parts.push(local, packed);
    offset += local.length + packed.length;
  }
  const directory = Buffer.concat(central);
  const tail = endRecords(entries.length, directory.length, offset, end);
  return Buffer.concat([...parts, directory, ...tail, ...(end.behind ? [end.behind] : [])]);
}

function localHeader(said: Required<Said>): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(20, 4);
  writeSaid(header, 6, said);
  return Buffer.concat([header, said.name, said.extra]);
}

function centralRecord(said: Required<Said> & { attributes: number; offset: number }): Buffer {
  const record = Buffer.alloc(46);
  record.writeUInt32LE(0x02014b50, 0);
  record.writeUInt16LE((3 << 8) | 20, 4);
  record.writeUInt16LE(20, 6);
  writeSaid(record, 8, said);
  record.writeUInt32LE(said.attributes >>> 0, 38);
  record.writeUInt32LE(said.offset, 42);
  return Buffer.concat([record, said.name, said.extra]);
}

function writeSaid(target: Buffer, at: number, said: Required<Said>): void {
  target.writeUInt16LE(said.flags, at);
  target.writeUInt16LE(said.method, at + 2);
  target.writeUInt32LE(said.crc32, at + 8);
  target.writeUInt32LE(said.compressed, at + 12);
  target.writeUInt32LE(said.bytes, at + 16);
  target.writeUInt16LE(said.name.length, at + 20);
  target.writeUInt16LE(said.extra.length, at + 22);
}

function endRecords(count: number, size: number, start: number, end: RawEnd): Buffer[] {
  const { zip64, comment = Buffer.alloc(0) } = end;
  const record = Buffer.alloc(22);
  record.writeUInt32LE(0x06054b50, 0);
  record.writeUInt16LE(end.disk ?? 0, 4);
  record.writeUInt16LE(zip64 ? 0xffff : (end.count ?? count), 8);
  record.writeUInt16LE(zip64 ? 0xffff : (end.count ?? count), 10);
  record.writeUInt32LE(size, 12);
  record.writeUInt32LE(zip64 ? 0xffffffff : (end.offset ?? start), 16);
  record.writeUInt16LE(comment.length, 20);
  if (!zip64) return [record, comment];
  const wide = Buffer.alloc(56);
  wide.writeUInt32LE(0x06064b50, 0);
  wide.writeBigUInt64LE(44n, 4);
  wide.writeBigUInt64LE(zip64.count ?? BigInt(count), 24);
  wide.writeBigUInt64LE(zip64.count ?? BigInt(count), 32);
  wide.writeBigUInt64LE(BigInt(size), 40);
  wide.writeBigUInt64LE(zip64.offset ?? BigInt(start), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(zip64.recordAt ?? BigInt(start + size), 8);
  locator.writeUInt32LE(1, 16);
  return [wide, locator, record, comment];
}

/** The extra field in which zip64 keeps what does not fit: bytes, compressed bytes, offset. */
export function zip64Field(...values: readonly bigint[]): Buffer {
  const field = Buffer.alloc(4 + 8 * values.length);
  field.writeUInt16LE(1, 0);
  field.writeUInt16LE(8 * values.length, 2);
  for (const [i, value] of values.entries()) field.writeBigUInt64LE(value, 4 + 8 * i);
  return field;
}
