import { Command } from 'commander';
import { type BackendChoice, backendChoices } from './backend-choice.js';
import type { CommandContext } from './command-context.js';
import type { PredictFlags } from './commands/predict.js';
import type { ServeFlags } from './commands/serve.js';
import type { VerifyFlags } from './commands/verify.js';
import type { DataFlags } from './data-flags.js';
import { exitCodeHelp } from './exit-codes.js';
import { choiceFor, namesFor, numberFor, numbersFor, rangeFor, tasks, textFor } from './option-values.js';
import { addTuneFlags, tuneExamples } from './tune-command.js';
import { checkTogether, type TuneFlags } from './tune-flags.js';
import { version } from './version.js';

/** Begins to listen for signals when a command begins. */
type Begin = () => CommandContext;

/**
 * The command line. Each command's code is loaded when it is run: help and usage errors need no TensorFlow.js.
 *
 * @param finish gets a command's exit code
 */
export function createProgram(begin: Begin, finish: (exitCode: number) => void): Command {
  const program = new Command('graft')
    .description('Fine-tune a model on your own data, with a freeze that can be checked.')
    .version(version)
    .option('--json', 'print exactly one JSON value on stdout')
    .option('--quiet', 'no progress, notices and warnings on stderr')
    .option('--no-color', 'no colours (as NO_COLOR)')
    .option(
      '--events <format>',
      'ndjson: events as JSON lines on stderr instead of progress',
      choiceFor('--events', ['ndjson']),
    )
    .addHelpText('after', `\n${exitCodeHelp}`)
    .configureHelp({ showGlobalOptions: true });

  program
    .command('inspect <model>')
    .description('show layers, shapes, costs and cut points')
    .action(async (model: string) =>
      finish(await (await import('./commands/inspect.js')).runInspect(begin(), model)),
    );

  const tune = program
    .command('tune <model> <data>')
    .description('fine-tune MODEL on DATA: folders of pictures, one a label, or a CSV table')
    .addHelpText('after', `\n${tuneExamples}\n\n${exitCodeHelp}`);
  addDataFlags(addTuneFlags(tune)).action(async (model: string, data: string, flags: TuneFlags) => {
    checkTogether(flags);
    const context = begin();
    finish(await (await import('./commands/tune.js')).runTune(context, model, data, flags));
  });

  addDataFlags(
    program.command('evaluate <model> <data>').description('test MODEL or RUN on labelled DATA'),
  ).action(async (model: string, data: string, flags: DataFlags) => {
    const context = begin();
    finish(await (await import('./commands/evaluate.js')).runEvaluate(context, model, data, flags));
  });

  const predict = program
    .command('predict <model> <files...>')
    .description('answer for pictures, folders of pictures and CSV tables')
    .option(
      '--top <k>',
      'so many labels for each, the most probable first',
      numberFor('--top', { integer: true, min: 1 }),
      5,
    );
  addInputFlags(addBackendFlag(predict)).action(
    async (model: string, files: string[], flags: PredictFlags) => {
      const context = begin();
      finish(await (await import('./commands/predict.js')).runPredict(context, model, files, flags));
    },
  );

  program
    .command('verify <run>')
    .description('hash RUN and its source again and compare; exit code 8 where they do not match')
    .option(
      '--source <model>',
      'the model that the run was made from (default: where run.json says)',
      textFor('--source'),
    )
    .action(async (run: string, flags: VerifyFlags) => {
      const context = begin();
      finish(await (await import('./commands/verify.js')).runVerify(context, run, flags));
    });

  const serve = program
    .command('serve')
    .description('fine-tune and predict over HTTP (needs @graft/server)')
    .option(
      '--port <n>',
      'port; 0 takes any that is free',
      numberFor('--port', { integer: true, min: 0, max: 65_535 }),
      8900,
    )
    .option('--data <dir>', 'directory of everything that is kept', textFor('--data'), 'graft-data')
    .option(
      '--host <address>',
      'address to listen at; others than loopback need a key',
      textFor('--host'),
      '127.0.0.1',
    );
  addBackendFlag(serve).action(async (flags: ServeFlags) => {
    const context = begin();
    finish(await (await import('./commands/serve.js')).runServe(context, flags));
  });

  program
    .command('doctor')
    .description('show which backends work here, and why others do not')
    .action(async () => {
      const context = begin();
      finish(await (await import('./commands/doctor.js')).runDoctor(context));
    });

  return program;
}

function addDataFlags(command: Command): Command {
  command
    .option(
      '--target <columns>',
      "a table's target column; several of 0 and 1 for multi-label",
      namesFor('--target'),
    )
    .option('--task <task>', `${tasks.join(', ')}: what the target means`, choiceFor('--task', tasks))
    .option('--skip-bad', 'leave out pictures that cannot be used');
  return addBackendFlag(addInputFlags(command));
}

function addInputFlags(command: Command): Command {
  return command
    .option(
      '--input-range <lo,hi>',
      'the values of black and white that the model takes',
      rangeFor('--input-range'),
    )
    .option('--color-order <order>', 'rgb or bgr', choiceFor('--color-order', ['rgb', 'bgr']))
    .option('--input-mean <numbers>', 'subtracted, one number or one a channel', numbersFor('--input-mean'))
    .option('--input-std <numbers>', 'divided by, one number or one a channel', numbersFor('--input-std'))
    .option(
      '--resize <how>',
      'stretch or crop to the input size',
      choiceFor('--resize', ['stretch', 'crop']),
    );
}

function addBackendFlag(command: Command): Command {
  const parse = choiceFor<BackendChoice>('--backend', backendChoices);
  return command.option('--backend <name>', `${backendChoices.join(', ')}`, parse, 'auto');
}
