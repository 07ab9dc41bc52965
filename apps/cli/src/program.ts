// The command line: what can be said, and what is said back when it cannot.

import { Command, Option } from 'commander';
import { isRushlightError, train } from 'rushlight';
import { checkSettings } from './config/check-settings.ts';
import { ConfigError } from './config/config-error.ts';
import { fields, flagOf, fromFlag, type FieldName, type Settings } from './config/fields.ts';
import { readConfig } from './config/read-config.ts';
import { exitCodes } from './exit-codes.ts';
import { describeDevices } from './run/devices.ts';
import { runEvaluate } from './run/evaluate.ts';
import { init } from './run/init.ts';
import { runPredict } from './run/predict.ts';
import { resumable, runTrain } from './run/train.ts';
import { openView } from './view/open-view.ts';

const log = (line: string): void => console.log(line);
const note = (line: string): void => console.error(line);

type Given = Readonly<Record<string, unknown>>;

/** The settings that flags give. Throws ConfigError. */
function settingsOf(given: Given, names: readonly FieldName[]): Settings {
  const entries = names.flatMap((name) => {
    const value = given[name];
    return typeof value === 'string' ? [[name, fromFlag(name, value)] as const] : [];
  });
  return checkSettings(Object.fromEntries(entries), 'the command line', flagOf);
}

function addFields(command: Command, names: readonly FieldName[]): Command {
  for (const name of names) command.addOption(new Option(`${flagOf(name)} ${fields[name].value}`, fields[name].help));
  return command;
}

const allFields = Object.keys(fields) as FieldName[];
const machine: readonly FieldName[] = ['backend', 'threads'];

/** The whole command line. What its exit codes mean: exit-codes.ts. */
export function program(): Command {
  const command = new Command('rushlight')
    .description('Train neural networks, evaluate them, and predict with them.')
    .exitOverride(exit);
  const add = (name: string, description: string): Command => command.command(name).description(description).exitOverride(exit); // prettier-ignore

  addFields(add('train', 'train a model and keep the run in a folder'), allFields)
    .option('--config <file>', 'settings from a YAML, TOML or JSON file; flags come before it')
    .option('--resume <run>', `go on with a run; of the settings only ${resumable.map(flagOf).join(', ')} may change`)
    .option('--plain', 'lines as in a log, also on a terminal')
    .option('--json', 'a line of JSON for everything that happens')
    .action((given: Given) => guarded(() => startTraining(given)));

  addFields(add('eval', "measure a run's weights on its test samples"), machine)
    .argument('<run>', 'the folder of a run, or a checkpoint')
    .option('--data <file>', 'a CSV file instead of the test samples')
    .addOption(checkpointOption())
    .option('--json', 'as JSON')
    .action(
      (run: string, given: Given) =>
      guarded(() => runEvaluate({ run, ...common(given), ...(typeof given['data'] === 'string' && { data: given['data'] }) }, settingsOf(given, machine), log, note)), // prettier-ignore
    );

  addFields(add('predict', 'say what a run makes of a CSV file, of PNG or JPEG files, or of points'), machine)
    .argument('<run>', 'the folder of a run, or a checkpoint')
    .argument('<inputs...>', 'files; points as 0.5,-1.2')
    .addOption(checkpointOption())
    .option('--json', 'as lines of JSON')
    .action((run: string, inputs: string[], given: Given) =>
      guarded(() => runPredict({ run, inputs, ...common(given) }, settingsOf(given, machine), log)),
    );

  add('devices', 'list what could compute here').action(() =>
    guarded(async () => {
      for (const line of await describeDevices()) log(line);
    }),
  );

  add('init', 'write a small project with a configuration and a model')
    .argument('[folder]', 'where', '.')
    .action((folder: string) =>
      guarded(() => {
        for (const line of init(folder)) log(line);
      }),
    );
  return command;
}

const checkpointOption = (): Option =>
  new Option('--checkpoint <which>', 'which weights').choices(['best', 'last']).default('best');

const common = (given: Given): { checkpoint: 'last' | 'best'; json: boolean } => ({
  checkpoint: given['checkpoint'] === 'last' ? 'last' : 'best',
  json: given['json'] === true,
});

async function startTraining(given: Given): Promise<number> {
  const { config, resume, json, plain } = given;
  const flags = settingsOf(given, allFields);
  if (typeof resume === 'string') {
    const fixed = Object.keys(flags).filter((name) => !(resumable as readonly string[]).includes(name));
    if (fixed.length > 0 || config !== undefined) {
      const what = config === undefined ? fixed.map(flagOf).join(', ') : '--config';
      throw new ConfigError(`a run that is resumed keeps its settings, but ${what} is given. Leave it out, or begin a new run.`); // prettier-ignore
    }
  }
  const settings = { ...(typeof config === 'string' ? await readConfig(config) : {}), ...flags };
  const abort = new AbortController();
  const view = openView({ json: json === true, plain: plain === true });
  const interrupt = (): void => {
    if (abort.signal.aborted) process.exit(exitCodes.interrupted); // twice: at once
    abort.abort();
    view.note('Stopping after this step, and saving. Once more: at once, without saving.');
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  try {
    return await runTrain(settings, typeof resume === 'string' ? resume : undefined, view, abort.signal);
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

/** Runs a command, and says what went wrong in a line. */
async function guarded(run: () => Promise<number | void> | number | void): Promise<void> {
  try {
    process.exitCode = (await run()) ?? exitCodes.done;
  } catch (error) {
    if (!(error instanceof ConfigError) && !isRushlightError(error) && !isSystemError(error)) throw error;
    console.error(`rushlight: ${error.message}`);
    process.exitCode =
      error instanceof ConfigError
        ? exitCodes.usage
        : error instanceof train.NonFiniteLossError
          ? exitCodes.diverged
          : exitCodes.failed;
  }
}

/** What the system refused: no permission, a full disk. Its message names the path. */
const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'syscall' in error && 'code' in error;

/** Commander ends with 1 where it was called wrongly. */
function exit({ exitCode }: { exitCode: number }): never {
  process.exit(exitCode === 0 ? exitCodes.done : exitCodes.usage);
}
