// The command line: what can be said, and what is said back when it cannot.

import { Command, InvalidArgumentError, Option } from 'commander';
import { backendNames, isRushlightError } from 'rushlight';
import { datasets } from './datasets.ts';
import { models } from './models.ts';
import { train } from './train.ts';

function integer(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least && text.trim() !== '') return value;
    throw new InvalidArgumentError(`It must be an integer of at least ${least}.`);
  };
}

function rate(text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('It must be a number greater than 0.');
}

/** The whole command line. Exit code 0: done; 1: it failed, the message says why; 2: it was called wrongly. */
export function program(): Command {
  const command = new Command('rushlight').description('Train neural networks.').exitOverride(exit);
  command
    .command('train')
    .description('train a classifier of images and report its accuracy on the test split')
    .addOption(new Option('--dataset <name>', 'what to learn').choices(Object.keys(datasets)).default('digits'))
    .option('--data-dir <folder>', 'the folder of the IDX files, for mnist')
    .addOption(new Option('--model <name>', 'what learns it').choices(Object.keys(models)).default('cnn'))
    .option('--epochs <n>', 'passes over the training split', integer(1), 6)
    .option('--batch-size <n>', 'images per step', integer(1), 64)
    .option('--lr <rate>', 'learning rate of Adam in the first epoch; 0.7 of it in each next', rate, 0.004)
    .option('--seed <n>', 'seed of the weights and of the order of images', integer(0), 1)
    .addOption(new Option('--backend <name>', 'what computes').choices(backendNames).default('auto'))
    .option('--log-interval <n>', 'steps between two lines', integer(1), 10)
    .exitOverride(exit)
    .action(async (options) => {
      try {
        await train(
          options,
          (line) => console.log(line),
          (line) => console.error(line),
        );
      } catch (error) {
        if (!isRushlightError(error)) throw error;
        console.error(`rushlight: ${error.message}`);
        process.exitCode = 1;
      }
    });
  return command;
}

/** Commander ends with 1 where it was called wrongly; 2 tells that from a run that failed. */
function exit({ exitCode }: { exitCode: number }): never {
  process.exit(exitCode === 0 ? 0 : 2);
}
