/**
 * SHA-256 in lower-case hexadecimal.
 *
 * @example
 * await sha256(new TextEncoder().encode('abc')); // 'ba7816bf...'
 */
export async function sha256(...parts: readonly Uint8Array[]): Promise<string> {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const all = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', all));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
