/**
 * One statement. Its placeholders are `$1`, `$2` ... numbered by first appearance: SQLite (where they are names) and
 * PostgreSQL (where they are numbers) then mean the same value.
 */
export interface Statement {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

export type SqlValue = string | number | null;
export type SqlRow = Readonly<Record<string, unknown>>;

/**
 * Work on a database, statement by statement: yields each one and goes on with its rows. Written once, it runs
 * synchronously on SQLite and asynchronously on PostgreSQL.
 */
export type SqlSteps<Result> = Generator<Statement, Result, readonly SqlRow[]>;

/** A database with the transactions that rows need; what SqlRecords is built on. */
export interface SqlDatabase {
  read(statement: Statement): Promise<readonly SqlRow[]>;
  /** Runs all steps in one transaction. They are begun again where the database asks for it. */
  write<Result>(begin: () => SqlSteps<Result>): Promise<Result>;
  close(): Promise<void>;
}

export function runSteps<Result>(
  steps: SqlSteps<Result>,
  execute: (statement: Statement) => readonly SqlRow[],
): Result {
  let step = steps.next();
  while (!step.done) step = steps.next(execute(step.value));
  return step.value;
}

export async function runStepsAsync<Result>(
  steps: SqlSteps<Result>,
  execute: (statement: Statement) => Promise<readonly SqlRow[]>,
): Promise<Result> {
  let step = steps.next();
  while (!step.done) step = steps.next(await execute(step.value));
  return step.value;
}

/** Collects values while a statement is written: `place` keeps one and answers its placeholder. */
export function placeholders(): { values: SqlValue[]; place: (value: SqlValue) => string } {
  const values: SqlValue[] = [];
  return { values, place: (value) => `$${values.push(value)}` };
}
