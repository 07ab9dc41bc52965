// The command line of `pnpm soak`.

import { Command, InvalidArgumentError } from 'commander';
import { backendNames } from '../rushlight/open-backend.ts';
import { printResult } from '../report/table.ts';
import { describeVerdict, judge, plotSample } from './flatness.ts';
import { findTraining } from './make-job.ts';
import { race, watchProcess } from './soak.ts';
import { watchPage } from './watch-page.ts';

function count(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError('It must be an integer of at least 0.');
}

interface Options {
  readonly workload: string;
  readonly steps: number;
  readonly backend: string;
  readonly threads: number;
  readonly await: boolean;
  readonly dispose: boolean;
  readonly browser: boolean;
  readonly budget?: number;
  readonly rounds: number;
}

export function program(): Command {
  return new Command('pnpm soak')
    .description(
      'Trains for long without freeing anything and watches the memory: after the first tenth of the steps it must not rise\n' +
        'by more than a tenth. Then races the same loop against one that frees everything at once.',
    )
    .option('-w, --workload <name>', 'what to train: tiny, mlp, cnn, charlm, gru', 'mlp')
    .option('-n, --steps <n>', 'for how long', count, 200_000)
    .option('-b, --backend <name>', backendNames.join(', '), 'wasm')
    .option('-t, --threads <n>', 'threads of the backend', count, 1)
    .option('--await', 'wait for the loss of each step, instead of one synchronous function', false)
    .option('--dispose', 'free everything at once', false)
    .option('--browser', 'in a page of Chromium (CHROMIUM names it; Linux only)', false)
    .option('--budget <bytes>', 'bytes that tensors may take before they are spilled (default: the usual)', count)
    .option('-r, --rounds <n>', 'rounds of the race, 0 for none', count, 7)
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  pnpm soak                              200,000 steps of mlp on wasm: some minutes\n' +
        '  pnpm soak -w cnn -n 2000 --await\n' +
        '  pnpm soak -w cnn -n 5000 --await -b webgpu\n' +
        '  pnpm soak -n 20000 -r 0 --browser      only the memory, in a page\n\n' +
        'Exit code 1: memory was not flat, or the plain loop ran at less than 0.95 of the speed.',
    )
    .action(soak);
}

async function soak({ rounds, browser, ...options }: Options): Promise<void> {
  try {
    const { title } = findTraining(options.workload);
    if (!backendNames.some((name) => name === options.backend))
      throw new RangeError(`there is no backend "${options.backend}". Use ${backendNames.join(', ')}.`);
    if (options.backend === 'webgpu' && !options.await)
      throw new RangeError('webgpu frees where a loop yields, and one that never does passes its budget. Add --await.');
    const where = browser ? 'in Chromium' : `in Node ${process.versions.node}`;
    console.log(`${options.workload}: ${title} · ${options.steps} steps on ${options.backend} ${where}\n`);
    let full = 0;
    const show = (sample: Parameters<typeof plotSample>[0]): void => {
      full = Math.max(full, 2 * sample.resident * Number(full === 0));
      console.log(plotSample(sample, full));
    };
    const verdict = judge(await (browser ? watchPage(options, show) : watchProcess(options, show)));
    console.log(`\n${describeVerdict(verdict)}\n`);
    let isFast = true;
    if (rounds > 0) {
      const result = await race({ ...options, rounds, seconds: 3 });
      console.log(printResult(result, options.threads));
      isFast = (result.rows.find(({ contender }) => contender === 'plain')?.ratio ?? 0) >= 0.95;
    }
    if (!verdict.isFlat || !isFast) process.exitCode = 1;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    console.error(`soak: ${error.message}`);
    process.exitCode = 2;
  }
}
