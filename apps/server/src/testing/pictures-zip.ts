import { writeFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { encodePng } from '@graft/node';
import yazl from 'yazl';

/** Colours that a base can tell apart from the start. */
const colors = { day: [250, 220, 90], night: [20, 20, 60] } as const;

/** A picture of one label, 32 x 32, a little different for each index. */
export function labelPicture(label: keyof typeof colors, index: number): Promise<Uint8Array> {
  const data = new Uint8Array(32 * 32 * 3);
  for (let pixel = 0; pixel < 32 * 32; pixel++) {
    const shade = ((pixel * 7 + index * 13) % 32) - 16;
    for (const [channel, value] of colors[label].entries()) {
      data[pixel * 3 + channel] = Math.max(0, Math.min(255, value + shade));
    }
  }
  return encodePng({ width: 32, height: 32, data });
}

/** A zip of `day/*.png` and `night/*.png`: a data set that is learned in a second. */
export async function writePicturesZip(path: string, perLabel = 8): Promise<void> {
  const zip = new yazl.ZipFile();
  for (const label of ['day', 'night'] as const) {
    for (let index = 0; index < perLabel; index++) {
      zip.addBuffer(Buffer.from(await labelPicture(label, index)), `${label}/${index}.png`, {
        mtime: new Date(2020, 0),
      });
    }
  }
  zip.end();
  await writeFile(path, await buffer(zip.outputStream));
}
