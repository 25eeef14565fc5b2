import { describe, expect, test } from 'vitest';
import { type Dialect, type Migration, migration, migrationsFor } from '../migrations/migration.js';
import type { Records } from '../records.js';
import { create, keyOf } from './row-changes.js';

/** A new, empty place, for one test. */
export interface Place {
  readonly dialect: Dialect;
  open(migrations?: readonly Migration[]): Promise<Records>;
}

const next = migration('9999-next', [
  'CREATE TABLE graft_next (id BIGINT NOT NULL PRIMARY KEY)',
  'INSERT INTO graft_next (id) VALUES (1)', // refused if it were made twice
]);

/** What every SQL store must do with its schema. */
export function describeMigrations(name: string, newPlace: () => Promise<Place>): void {
  describe(name, () => {
    test('make a new one once, and keep the rows', async () => {
      const { dialect, open } = await newPlace();
      const old = await open();
      await old.commit([create(keyOf('a', 'kept'))]);
      await old.close();
      for (let start = 0; start < 2; start++) {
        const records = await open([...migrationsFor(dialect), next]);
        expect(await records.get(keyOf('a', 'kept'))).not.toBeNull();
        await records.close();
      }
    });

    test('refuse an old one that was changed', async () => {
      const { dialect, open } = await newPlace();
      await (await open()).close();
      const [first, ...others] = migrationsFor(dialect);
      const changed = migration(first!.name, [...first!.statements, 'SELECT 1']);
      await expect(open([changed, ...others])).rejects.toMatchObject({ code: 'usage/schema-changed' });
      await (await open()).close();
    });

    test('refuse what a newer server made', async () => {
      const { dialect, open } = await newPlace();
      await (await open([...migrationsFor(dialect), next])).close();
      await expect(open()).rejects.toMatchObject({ code: 'usage/schema-newer' });
    });

    test('that fail leave everything as it was', async () => {
      const { dialect, open } = await newPlace();
      const records = await open();
      await records.commit([create(keyOf('a', 'kept'))]);
      await records.close();
      const broken = migration('9999-next', ['DROP TABLE graft_rows', 'SELECT * FROM graft_missing']);
      await expect(open([...migrationsFor(dialect), broken])).rejects.toThrow('graft_missing');
      const again = await open([...migrationsFor(dialect), next]);
      expect(await again.get(keyOf('a', 'kept'))).not.toBeNull();
      await again.close();
    });
  });
}
