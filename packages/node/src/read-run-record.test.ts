import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRunRecord } from './read-run-record.js';
import { tempFolder } from './testing/temp-folder.js';

describe('readRunRecord', () => {
  it('refuses what is no run record', async () => {
    const root = await tempFolder({
      'none/model.json': '{}',
      'text/run.json': 'x',
      'empty/run.json': '{}',
      'proto/run.json': '{"__proto__":1}',
    });
    const cases = {
      gone: 'model/not-found',
      none: 'model/not-found',
      text: 'model/bad-json',
      empty: 'model/bad-run-record',
      proto: 'model/bad-json',
    };
    for (const [name, code] of Object.entries(cases))
      await expect(readRunRecord(join(root, name)), name).rejects.toMatchObject({ code });
  });

  it('repairs a run that a kill left half replaced', async () => {
    const root = await tempFolder({ 'run/run.json': '{}' });
    await rename(join(root, 'run'), join(root, '.run.graft-old'));
    await expect(readRunRecord(join(root, 'run'))).rejects.toMatchObject({ code: 'model/bad-run-record' });
  });
});
