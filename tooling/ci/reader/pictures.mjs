// Discs and squares of different sizes and places, 32 x 32, with the sharp that @graft/node brings.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const sharp = createRequire(createRequire(import.meta.url).resolve('@graft/node'))('sharp');
const shapes = {
  disc: (x, y, r) => `<circle cx="${x}" cy="${y}" r="${r}"/>`,
  square: (x, y, r) => `<rect x="${x - r}" y="${y - r}" width="${2 * r}" height="${2 * r}"/>`,
};
for (const [label, draw] of Object.entries(shapes)) {
  mkdirSync(`pictures/${label}`, { recursive: true });
  for (let i = 0; i < 12; i++) {
    const shape = draw(13 + (i % 4) * 2, 14 + (i % 3) * 2, 7 + (i % 5));
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="32" height="32"><rect width="32" height="32" fill="#fff"/>${shape}</svg>`;
    await sharp(Buffer.from(svg))
      .png()
      .toFile(`pictures/${label}/${String(i).padStart(2, '0')}.png`);
  }
}
// The first disc as numbers, for the program that can decode no pictures.
const { data } = await sharp('pictures/disc/00.png')
  .removeAlpha()
  .raw()
  .toBuffer({ resolveWithObject: true });
writeFileSync('pixels.json', JSON.stringify([...data]));
