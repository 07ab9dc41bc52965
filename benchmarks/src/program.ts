// The command line of `pnpm bench`.

import { relative } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { bench, type BenchOptions } from './bench.ts';
import { contenders } from './contenders/contenders.ts';
import { installRivals } from './install-rivals.ts';
import { defaultPath, findFault, saveResults, type Results } from './report/results.ts';
import { workloads } from './workloads/select.ts';
import { resultsFolder, writePage } from './write-page.ts';

function integer(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('It must be an integer of at least 1.');
}

function positive(text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('It must be a number greater than 0.');
}

interface Options extends BenchOptions {
  readonly install?: boolean;
  readonly list?: boolean;
  readonly page?: boolean;
  readonly out?: string;
}

const list = (title: string, entries: readonly { name: string; title: string }[]): string =>
  [title, ...entries.map((entry) => `  ${entry.name.padEnd(28)}${entry.title}`)].join('\n');

export function program(): Command {
  return new Command('pnpm bench')
    .description(
      'Measures Rushlight and what people would use instead, side by side: rounds in which everybody has a turn,\n' +
        'medians over the rounds, and the losses, which have to agree.',
    )
    .option('--install', 'install the JavaScript rivals first (into benchmarks/rivals, about 800 MB)')
    .option('-w, --workload <names...>', 'what to measure: names, beginnings (mlp), training, kernels', [])
    .option('-c, --contender <names...>', 'who takes part: names or beginnings (rushlight)', [])
    .option('--gpu', 'on the GPU: Rushlight on WebGPU beside PyTorch on CUDA, and the workloads for that')
    .option('--software', 'with --gpu: also where the adapter of WebGPU is a program on the CPU')
    .option('-t, --threads <n>', 'threads that each contender may use', integer, 1)
    .option('-r, --rounds <n>', 'rounds', integer, 7)
    .option('-s, --seconds <s>', 'how long a turn lasts', positive, 0.5)
    .option('--patience <s>', 'what all turns of a contender in a workload may take together', positive, 60)
    .option('-o, --out <file>', 'where the results go (default: benchmarks/results/<date>-<threads>-<workloads>.json)')
    .option('--list', 'list workloads and contenders, and measure nothing')
    .option('--page', 'only make the page of plots, benchmarks/dist/index.html, from the results there are')
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  pnpm bench --install                          everything: hours\n' +
        '  pnpm bench -w tiny mlp -c torch rushlight     a look at two workloads\n' +
        '  pnpm bench -w matmul -t 2 -r 11               matrix products on two threads\n' +
        '  pnpm bench --gpu                              this GPU: minutes\n\n' +
        'PyTorch takes part if a python3 has it; BENCH_PYTHON names another.\n' +
        'Exit code 1: contenders disagree, Rushlight fails, or nothing could be measured.',
    )
    .action(async ({ install, list: listing, page, out, ...options }: Options) => {
      try {
        if (listing) console.log(`${list('Workloads', workloads)}\n\n${list('Contenders', contenders)}`);
        else if (page) console.log(writePage());
        else {
          if (install) installRivals();
          const path = (results: Results): string => out ?? defaultPath(resultsFolder, results, options.workload);
          const results = await bench(
            options,
            (line) => console.log(line),
            (soFar) => saveResults(path(soFar), soFar),
          );
          console.log(`results: ${relative(process.cwd(), path(results))}\nplots: ${writePage()}`);
          const complaint = findFault(results);
          if (complaint) {
            console.error(`\n${complaint}`);
            process.exitCode = 1;
          }
        }
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        console.error(`bench: ${error.message}`);
        process.exitCode = 2;
      }
    });
}
