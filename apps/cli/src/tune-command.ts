import type { Command } from 'commander';
import { freezeFor, headFor, numberFor, textFor } from './option-values.js';

export const tuneExamples = `Examples:
  # a folder for each label, on a model that comes with graft
  graft tune squeezenet photos --out runs/vehicles

  # deeper: the last two blocks of the backbone learn too, slowly
  graft tune squeezenet photos --out runs/deeper --freeze up-to:fire7_concat --epochs 10 --learning-rate 0.0005

  # a table of numbers and a model of your own; the target is a number
  graft tune models/houses houses.csv --target price --head hidden:32 --out runs/houses`;

/** Flags that say how to learn; a recipe file says the same and more. */
export function addTuneFlags(command: Command): Command {
  const positive = (flag: string, max: number) => numberFor(flag, { integer: true, min: 1, max });
  return command
    .requiredOption('--out <dir>', 'where the run goes', textFor('--out'))
    .option('--overwrite', 'replace a run that is there')
    .option(
      '--cut <layer>',
      'keep everything up to this layer (default: chosen for the model)',
      textFor('--cut'),
    )
    .option(
      '--remove <k>',
      'or: remove the last K layers with weights; 0 keeps the old head',
      numberFor('--remove', { integer: true, min: 0 }),
    )
    .option('--head <head>', 'linear, or hidden:64,32', headFor('--head'))
    .option(
      '--freeze <plan>',
      'backbone, nothing, up-to:LAYER, layers:GLOB or all-but:GLOB',
      freezeFor('--freeze'),
    )
    .option(
      '--recipe <file>',
      'a recipe as JSON or YAML, or a run.json whose recipe to repeat',
      textFor('--recipe'),
    )
    .option('--epochs <n>', 'how often to see every example', positive('--epochs', 100_000))
    .option('--learning-rate <r>', 'how far a step goes', numberFor('--learning-rate', { above: 0 }))
    .option('--batch-size <n>', 'examples a step', positive('--batch-size', 65_536))
    .option(
      '--validation <share>',
      'share of the examples to check on',
      numberFor('--validation', { min: 0, max: 0.9 }),
    )
    .option(
      '--seed <n>',
      'equal seeds give equal runs',
      numberFor('--seed', { integer: true, min: 0, max: 0xffff_ffff }),
    );
}
