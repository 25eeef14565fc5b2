import { SIZE } from './render.mjs';

const EDGE = 16; // cells along one edge of a hash
/** Two glyphs are near-identical when at most this share of their inked cells differs. */
const NEAR = 0.16;

/**
 * Perceptual hash of a black-on-white icon: the box around its ink, scaled to EDGE x EDGE cells, one bit a cell.
 * Position, size and margins of the glyph don't count. Null for an empty picture.
 *
 * @returns {Uint8Array | null} EDGE * EDGE zeros and ones
 */
export function glyphHash(pixels) {
  let [x0, y0, x1, y1] = [SIZE, SIZE, -1, -1];
  for (let i = 0; i < pixels.length; i++) {
    if (pixels[i] > 191) continue;
    const [x, y] = [i % SIZE, Math.floor(i / SIZE)];
    [x0, y0, x1, y1] = [Math.min(x0, x), Math.min(y0, y), Math.max(x1, x), Math.max(y1, y)];
  }
  if (x1 < 0) return null;
  const edge = Math.max(x1 - x0, y1 - y0) + 1;
  const left = (x0 + x1 + 1 - edge) / 2;
  const top = (y0 + y1 + 1 - edge) / 2;
  const cells = new Float64Array(EDGE * EDGE);
  const step = edge / EDGE;
  const SUB = 3; // samples along one edge of a cell
  for (let cell = 0; cell < cells.length; cell++) {
    for (let s = 0; s < SUB * SUB; s++) {
      const x = Math.floor(left + ((cell % EDGE) + ((s % SUB) + 0.5) / SUB) * step);
      const y = Math.floor(top + (Math.floor(cell / EDGE) + (Math.floor(s / SUB) + 0.5) / SUB) * step);
      if (x >= 0 && x < SIZE && y >= 0 && y < SIZE) cells[cell] += 255 - pixels[y * SIZE + x];
    }
  }
  const middle = (Math.max(...cells) + Math.min(...cells)) / 2;
  return Uint8Array.from(cells, (ink) => (ink > middle ? 1 : 0));
}

/** True when the inked cells of the two hashes are almost the same. */
export function nearIdentical(a, b) {
  let differ = 0;
  let either = 0;
  for (let i = 0; i < a.length; i++) {
    differ += a[i] ^ b[i];
    either += a[i] | b[i];
  }
  return differ <= NEAR * either;
}

/**
 * Drops near-identical glyphs of the same concept (the first one stays) and joins the families they belong to, so that
 * no split can put a copied glyph on both sides.
 *
 * @param icons `{ concept, family, hash }[]`; `family` is replaced by the name of the joined family
 * @returns the icons that stay
 */
export function joinFamilies(icons) {
  const parent = new Map();
  const root = (family) => {
    let at = family;
    while (parent.has(at)) at = parent.get(at);
    return at;
  };
  const kept = new Map(); // concept -> icons
  for (const icon of icons) {
    const peers = kept.get(icon.concept) ?? [];
    kept.set(icon.concept, peers);
    const twins = peers.filter((peer) => nearIdentical(peer.hash, icon.hash));
    for (const twin of twins) {
      const [a, b] = [root(twin.family), root(icon.family)];
      if (a !== b) parent.set(b, a);
    }
    if (twins.length === 0) peers.push(icon);
  }
  const stay = [...kept.values()].flat();
  for (const icon of stay) icon.family = root(icon.family);
  return stay;
}
