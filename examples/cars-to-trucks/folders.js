// Writes the labelled icons as folders of PNG files, as `graft` reads them: node folders.js DIR [EXAMPLES]
//
// DIR/train/<label>/ gets so many icons a label (default 20) from the pool, DIR/test/<label>/ all of families
// that no training has seen.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomStream } from '@graft/core';
import { encodePng } from '@graft/node';
import { drawExamples, loadIcons } from './icons.js';

const [out = 'icons', examples = '20'] = process.argv.slice(2);
const icons = await loadIcons();
const count = Number(examples);
const train = drawExamples(icons, { car: count, truck: count, other: count }, randomStream(0, 'examples'));
const test = icons.filter(({ split }) => split === 'test');

for (const [part, some] of Object.entries({ train, test })) {
  for (const { label, set, name, image } of some) {
    const folder = join(out, part, label);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `${set}-${name}.png`), await encodePng(image));
  }
}
console.log(`${train.length} icons to learn from in ${out}/train, ${test.length} to test on in ${out}/test`);
