/** Code point order, in which labels are numbered everywhere: that of the bytes of UTF-8. */
export function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
