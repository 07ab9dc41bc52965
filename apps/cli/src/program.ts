// The command line: what can be said, and what is said back when it cannot.

import { existsSync, readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { isRushlightError, train } from 'rushlight';
import { checkSettings } from './config/check-settings.ts';
import { ConfigError } from './config/config-error.ts';
import { fieldNames, fieldOf, flagOf, helpOf, type FieldName } from './config/fields.ts';
import { commandLine, withFlags, type Given } from './config/given.ts';
import { toldTo } from './config/message-of.ts';
import { readConfig } from './config/read-config.ts';
import { fromFlag } from './config/read-value.ts';
import { exitCodes, signalCodes, stopSignals, type StopSignal } from './exit-codes.ts';
import { describeDevices } from './run/devices.ts';
import { runEvaluate } from './run/evaluate.ts';
import { init } from './run/init.ts';
import { runPredict } from './run/predict.ts';
import { resumable, runTrain } from './run/train.ts';
import { openView } from './view/open-view.ts';
import type { Terminal } from './view/terminal.ts';

/** Where the command line writes. */
export interface Streams {
  readonly out: Terminal;
  readonly err: Terminal;
}

/** What commander makes of the flags of a command. */
interface Flags {
  readonly [name: string]: unknown;
  readonly config?: string;
  readonly resume?: string;
  readonly data?: string;
  readonly checkpoint?: 'last' | 'best';
  readonly unseen?: 'error' | 'missing';
  readonly plain?: true;
  readonly json?: true;
}

/** Does what the command line says, and gives the exit code. Rejects with what nobody has thought of. */
export async function runCommandLine(
  args: readonly string[],
  { out, err }: Streams = { out: process.stdout, err: process.stderr },
): Promise<number> {
  const log = (line: string): void => void out.write(`${line}\n`);
  const note = (line: string): void => void err.write(`${line}\n`);
  let code: number = exitCodes.done;

  const command = new Command('rushlight')
    .description('Train neural networks, evaluate them, and predict with them.')
    .version(versionOf(), '--version')
    .configureOutput({
      writeOut: (text) => void out.write(text),
      writeErr: (text) => void err.write(text.replace(/^error: /, 'rushlight: ')),
      getOutHelpWidth: () => out.columns ?? 80,
      getErrHelpWidth: () => err.columns ?? 80,
    })
    // Descriptions stay beside their flags on narrow terminals too.
    .configureHelp({ minWidthToWrap: 20 })
    .exitOverride();

  addFields(command.command('train'), fieldNames)
    .description('train a model and keep the run in a folder')
    .option('--config <file>', 'settings from a YAML, TOML or JSON file; flags come before it')
    .option('--resume <run>', `go on with a run; of the settings only ${resumable.map(flagOf).join(', ')} may change`)
    .option('--plain', 'lines as in a log, also on a terminal')
    .addOption(new Option('--json', 'a line of JSON for everything that happens').conflicts('plain'))
    .action(async (flags: Flags) => {
      code = await startTraining(flags, { out, err });
    });

  addFields(command.command('eval'), machine)
    .description("measure a run's weights on its test samples")
    .argument('<run>', 'the folder of a run, or a checkpoint')
    .option('--data <file>', 'a CSV file instead of the test samples')
    .addOption(unseenOption())
    .addOption(checkpointOption())
    .option('--json', 'as JSON')
    .action((run: string, flags: Flags) => {
      const more = only(flags, 'checkpoint', 'data', 'unseen');
      return runEvaluate({ run, ...more, json: flags.json === true }, settingsOf(flags, machine), log, note);
    });

  addFields(command.command('predict'), machine)
    .description('say what a run makes of a CSV file, of PNG or JPEG files, or of points')
    .argument('<run>', 'the folder of a run, or a checkpoint')
    .argument('<inputs...>', 'files; points as 0.5,-1.2')
    .addOption(unseenOption())
    .addOption(checkpointOption())
    .option('--json', 'as lines of JSON')
    // A point may begin with a minus sign.
    .allowUnknownOption()
    .action((run: string, inputs: string[], flags: Flags, self: Command) => {
      const unknown = inputs.find((input) => /^-(?![\d.])/.test(input) && !args.includes('--'));
      if (unknown !== undefined) self.error(`error: unknown option '${unknown}'`);
      const more = only(flags, 'checkpoint', 'unseen');
      return runPredict({ run, inputs, ...more, json: flags.json === true }, settingsOf(flags, machine), log);
    });

  command
    .command('devices')
    .description('list what could compute here')
    .action(async () => {
      for (const line of await describeDevices()) log(line);
    });

  command
    .command('init')
    .description('write a small project with a configuration and a model')
    .argument('[folder]', 'where', '.')
    .action((folder: string) => {
      for (const line of init(folder)) log(line);
    });

  try {
    await command.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    // Commander has said what is wrong.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    if (!(error instanceof ConfigError) && !isRushlightError(error) && !isRefusal(error)) throw error;
    note(`rushlight: ${toldTo(error)}`);
    if (error instanceof ConfigError) return exitCodes.usage;
    return error instanceof train.NonFiniteLossError ? exitCodes.diverged : exitCodes.failed;
  }
}

const machine: readonly FieldName[] = ['backend', 'threads'];

const checkpointOption = (): Option =>
  new Option('--checkpoint <which>', 'which weights of the run, best by default').choices(['best', 'last']);

const unseenOption = (): Option => {
  const help = 'CSV: what a category counts as that the training rows did not have, error by default';
  return new Option('--unseen <how>', help).choices(['error', 'missing']);
};

function addFields(command: Command, names: readonly FieldName[]): Command {
  for (const name of names) {
    const { value, group } = fieldOf(name);
    command.addOption(new Option(`${flagOf(name)} ${value}`, helpOf(name)).helpGroup(`${group}:`));
  }
  return command;
}

/** Those of the flags that were given. */
function only<const Name extends string>(flags: Flags, ...names: readonly Name[]): Pick<Flags, Name> {
  return Object.fromEntries(names.flatMap((name) => (flags[name] === undefined ? [] : [[name, flags[name]]]))) as Pick<Flags, Name>; // prettier-ignore
}

/** The settings that flags give. Throws ConfigError. */
function settingsOf(flags: Flags, names: readonly FieldName[]): Given {
  const entries = names.flatMap((name) => {
    const value = flags[name];
    return typeof value === 'string' ? [[name, fromFlag(name, value)] as const] : [];
  });
  return checkSettings(Object.fromEntries(entries), commandLine);
}

async function startTraining(flags: Flags, { out, err }: Streams): Promise<number> {
  const { config, resume } = flags;
  const said = settingsOf(flags, fieldNames);
  if (resume !== undefined) {
    const fixed = Object.keys(said.settings).filter((name) => !(resumable as readonly string[]).includes(name));
    if (fixed.length > 0 || config !== undefined) {
      const what = config === undefined ? fixed.map(flagOf).join(', ') : '--config';
      throw new ConfigError(`a run that is resumed keeps its settings, but ${what} is given. Leave it out, or begin a new run.`); // prettier-ignore
    }
  }
  const given = config === undefined ? said : withFlags(await readConfig(config), said);
  const abort = new AbortController();
  const view = openView({ json: flags.json === true, plain: flags.plain === true, out, err });
  let stoppedAt = Infinity;
  const stop = (signal: StopSignal): void => {
    // Shells and wrappers pass on what the terminal sent already: twice by a person takes a moment.
    if (signal === 'SIGINT' && performance.now() - stoppedAt > 300) process.exit(signalCodes[signal]);
    if (abort.signal.aborted) return;
    stoppedAt = performance.now();
    abort.abort(signal);
    view.note('Stopping, and saving. Once more: at once, without saving.');
  };
  for (const signal of stopSignals) process.on(signal, stop);
  try {
    return await runTrain(given, resume, view, abort.signal);
  } finally {
    for (const signal of stopSignals) process.off(signal, stop);
  }
}

/** Of backends: no memory, lost, no GPU. */
const refusals: ReadonlySet<string> = new Set(['OutOfMemoryError', 'DeviceLostError', 'NoAdapterError']);

/** What the system refused, which names the path, as on a full disk; or a backend. */
const isRefusal = (error: unknown): error is Error =>
  error instanceof Error && ('syscall' in error || refusals.has(error.name));

/** Of the package that this file is in, be it source or built. */
function versionOf(): string {
  const all = ['../package.json', '../../package.json'].map((path) => new URL(path, import.meta.url));
  const file = all.find((url) => existsSync(url));
  if (!file) return 'unknown';
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version;
}
