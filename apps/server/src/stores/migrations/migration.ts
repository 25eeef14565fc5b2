import { createHash } from 'node:crypto';
import { rowsAndHistory } from './0001-rows-and-history.js';

export type Dialect = 'sqlite' | 'postgres';

/** One step of the schema, made once and never changed after it was released. */
export interface Migration {
  readonly name: string;
  readonly statements: readonly string[];
  /** Of its statements, in hexadecimal. */
  readonly sha256: string;
}

/** In the order in which they are made. A new one goes at the end. */
const all = [rowsAndHistory];

export function migrationsFor(dialect: Dialect): Migration[] {
  return all.map(({ name, statements }) => migration(name, statements(dialect)));
}

export function migration(name: string, statements: readonly string[]): Migration {
  return { name, statements, sha256: createHash('sha256').update(statements.join(';\n')).digest('hex') };
}
