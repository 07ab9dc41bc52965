// All that a run can be told, by flag or by a file: one line each. Flags, their help, what files may hold and what is refused
// follow from here.

import { backendNames } from 'rushlight';
import { z } from 'zod';

const whole = (least: number) => z.int(`It must be an integer of at least ${least}.`).min(least, `It must be an integer of at least ${least}.`); // prettier-ignore
const positive = z.number('It must be a number greater than 0.').positive('It must be a number greater than 0.');
const atLeast0 = z.number('It must be a number of at least 0.').min(0, 'It must be a number of at least 0.');
const oneOf = <const T extends string>(names: readonly T[]) => z.enum(names, `It must be one of ${names.join(', ')}.`);
const text = z.string('It must be text.').min(1, 'It must not be empty.');
const below1 = 'It must be a number greater than 0 and less than 1.';

const optimizerNames = ['sgd', 'adam', 'adamw', 'adadelta'] as const;
const schedulerNames = ['none', 'step', 'exponential', 'cosine', 'onecycle', 'plateau'] as const;

interface Field {
  readonly schema: z.ZodType;
  readonly help: string;
  /** How the value is called in help; a flag without one is on or off. */
  readonly value?: string;
  /** A list: the flag takes values with commas between them. */
  readonly list?: boolean;
}

export const fields = {
  dataset: {
    schema: text,
    value: '<name>',
    help: 'digits, mnist, fashion-mnist, kmnist, moons, circles, spirals, blobs, a CSV file, or a folder of images',
  },
  dataDir: { schema: text, value: '<folder>', help: 'where the files of mnist and its like are, or go' },
  target: { schema: text, value: '<column>', help: 'CSV: the column to learn' },
  drop: { schema: z.array(text), value: '<columns>', list: true, help: 'CSV: columns to leave out' },
  testSplit: {
    schema: z.number(below1).gt(0, below1).lt(1, below1),
    value: '<share>',
    help: 'CSV, images: share of the samples to test with',
  },
  model: { schema: text, value: '<name>', help: 'cnn, convnet, mlp, linear, or a file: ./model.ts' },
  hidden: { schema: z.array(whole(1)), value: '<units>', list: true, help: 'mlp: units of each hidden layer' },
  epochs: { schema: whole(1), value: '<n>', help: 'passes over the training samples' },
  batchSize: { schema: whole(1), value: '<n>', help: 'samples per step' },
  lr: { schema: positive, value: '<rate>', help: 'learning rate' },
  optimizer: { schema: oneOf(optimizerNames), value: '<name>', help: optimizerNames.join(', ') },
  momentum: { schema: atLeast0, value: '<m>', help: 'momentum of sgd' },
  weightDecay: { schema: atLeast0, value: '<d>', help: 'weight decay' },
  scheduler: { schema: oneOf(schedulerNames), value: '<name>', help: schedulerNames.join(', ') },
  accumulate: { schema: whole(1), value: '<n>', help: 'batches whose gradients make one update' },
  clipGradNorm: { schema: positive, value: '<norm>', help: 'clip the norm of the gradients' },
  earlyStopping: { schema: whole(1), value: '<n>', help: 'end after so many epochs that were no better' },
  seed: { schema: whole(0), value: '<n>', help: 'seed of weights, order and dropout' },
  backend: { schema: oneOf(backendNames), value: '<name>', help: backendNames.join(', ') },
  threads: { schema: whole(1), value: '<n>', help: 'threads of the wasm backend' },
  runDir: { schema: text, value: '<folder>', help: 'where configuration, metrics and checkpoints go' },
  checkpointEvery: { schema: whole(1), value: '<n>', help: 'steps between checkpoints, besides each epoch' },
  logInterval: { schema: whole(1), value: '<n>', help: 'steps between two lines' },
} as const satisfies Record<string, Field>;

export type FieldName = keyof typeof fields;
export type Settings = { readonly [K in FieldName]?: z.infer<(typeof fields)[K]['schema']> };

/** `batchSize` → `--batch-size` */
export const flagOf = (name: string): string =>
  `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** What a flag says, as a file would. Numbers stay text where they are none: the schema refuses them by what they are. */
export function fromFlag(name: FieldName, given: string): unknown {
  const { schema, ...field }: Field = fields[name];
  const read = (part: string): unknown => {
    const number = Number(part);
    const isText =
      schema.safeParse(part).success || (field.list && (schema as z.ZodArray).element instanceof z.ZodString);
    return isText || part.trim() === '' || Number.isNaN(number) ? part : number;
  };
  return field.list ? given.split(',').map((part) => read(part.trim())) : read(given);
}
