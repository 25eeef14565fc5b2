import { join } from 'node:path';
import { type Dataset, type Recipe, splitDataset, subset } from '@graft/core';
import type { FileData } from '@graft/node';
import { scalar } from '@tensorflow/tfjs-core';

/** Where an example came from. */
interface ExampleFile {
  readonly name: string;
  /** Of its picture; null: it is a row of a table. */
  readonly path: string | null;
}

/** Training data whose validation part is known by name. */
export interface HeldOut {
  readonly train: Dataset;
  readonly validation: Dataset | null;
  /** Of each validation example. */
  readonly files: readonly ExampleFile[];
}

/**
 * Splits as `fineTune` would, and keeps the names: the report shows examples.
 *
 * @param path of the folder or table that `data` was read from
 */
export function holdOut(path: string, data: FileData, { validation: share, seed, task }: Recipe): HeldOut {
  if (data.validation)
    return {
      train: data.train,
      validation: data.validation,
      files: data.names.validation?.map(fileIn(path)) ?? [],
    };
  const { train } = data;
  // The split hands out datasets only, so it is given one whose inputs are positions.
  const positions = splitDataset(
    { ...train, input: (index) => scalar(index, 'int32') },
    { share, seed, task },
  );
  const chosen = indicesIn(positions.validation);
  return {
    train: subset(train, indicesIn(positions.train)),
    validation: positions.validation && subset(train, chosen),
    files: chosen.map((index) => data.names.train[index] as string).map(fileIn(path)),
  };
}

const fileIn =
  (path: string) =>
  (name: string): ExampleFile => ({ name, path: isTable(path) ? null : join(path, name) });

const isTable = (path: string) => /\.csv$/i.test(path);

function indicesIn(positions: Dataset | null): number[] {
  return Array.from({ length: positions?.size ?? 0 }, (_, position) => {
    const tensor = positions?.input(position) as ReturnType<typeof scalar>;
    const [index] = tensor.dataSync();
    tensor.dispose();
    return index as number;
  });
}
