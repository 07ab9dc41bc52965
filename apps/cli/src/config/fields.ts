// All that a run can be told, by flag or by a file: one entry each. Flags, their help, what files may hold, what is refused, and with
// which choices a setting makes sense, follow from here.

import { backendNames } from 'rushlight';
import { z } from 'zod';
import { idxSets, imageFolders, imageSets, modelNames, optimizerNames, pointSets, schedulerNames, tables, taskNames } from './choices.ts'; // prettier-ignore

const whole = (least: number) => {
  const error = ({ code }: { code: string }) => code === 'too_big' ? 'It is too large.' : `It must be an integer of at least ${least}.`; // prettier-ignore
  return z.int({ error }).min(least, { error });
};
const positive = z.number('It must be a number greater than 0.').positive('It must be a number greater than 0.');
const atLeast0 = z.number('It must be a number of at least 0.').min(0, 'It must be a number of at least 0.');
const oneOf = <const T extends string>(names: readonly T[]) => z.enum(names, `It must be one of ${names.join(', ')}.`);
const text = z.string('It must be text.').min(1, 'It must not be empty.');
const below1 = 'It must be a number greater than 0 and less than 1.';

/** With which choices a setting makes sense. */
export interface Scope {
  readonly setting: 'dataset' | 'model' | 'optimizer' | 'scheduler' | 'backend';
  readonly is: readonly string[];
  /** Why with no others, where that is not plain. */
  readonly why?: string;
}

export interface Field {
  readonly schema: z.ZodType;
  readonly help: string;
  /** Under which heading help has it. */
  readonly group: 'Data' | 'Model' | 'Training' | 'Run';
  /** How the value is called in help. */
  readonly value: string;
  /** A list: the flag takes values with commas between them. */
  readonly list?: boolean;
  /** A path, in a file seen from where that lies; or a name, for the fields that take both. */
  readonly isPath?: boolean;
  readonly appliesWith?: Scope;
  /** Values that make sense with some choices only. */
  readonly valuesApplyWith?: Readonly<Record<string, Scope>>;
}

const withImages: Scope = { setting: 'dataset', is: imageSets };

const fields = {
  dataset: {
    group: 'Data',
    schema: text,
    value: '<name>',
    help: 'digits, mnist, fashion-mnist, kmnist, moons, circles, spirals, blobs, a CSV file, or a folder of images',
    isPath: true,
  },
  dataDir: {
    group: 'Data',
    schema: text,
    value: '<folder>',
    help: 'where the data is; mnist and its like are fetched without',
    isPath: true,
    appliesWith: { setting: 'dataset', is: [...idxSets, 'csv', 'images'] },
  },
  noise: {
    group: 'Data',
    schema: atLeast0,
    value: '<std>',
    help: 'how far the points scatter',
    appliesWith: { setting: 'dataset', is: pointSets },
  },
  target: { group: 'Data', schema: text, value: '<column>', help: 'the column to learn', appliesWith: { setting: 'dataset', is: tables } }, // prettier-ignore
  task: {
    group: 'Data',
    schema: oneOf(taskNames),
    value: '<name>',
    help: `what the target is: ${taskNames.join(', ')}`,
    appliesWith: { setting: 'dataset', is: tables },
  },
  drop: {
    group: 'Data',
    schema: z.array(text),
    value: '<columns>',
    list: true,
    help: 'columns to leave out',
    appliesWith: { setting: 'dataset', is: tables },
  },
  testSplit: {
    group: 'Data',
    schema: z.number(below1).gt(0, below1).lt(1, below1),
    value: '<share>',
    help: 'share of the samples to test with',
    appliesWith: { setting: 'dataset', is: [...tables, ...imageFolders] },
  },
  model: {
    group: 'Model',
    schema: text,
    value: '<name>',
    help: `${modelNames.join(', ')}, or a file: ./model.ts`,
    isPath: true,
    valuesApplyWith: { cnn: withImages, convnet: withImages },
  },
  hidden: {
    group: 'Model',
    schema: z.array(whole(1)),
    value: '<units>',
    list: true,
    help: 'units of each hidden layer',
    appliesWith: { setting: 'model', is: ['mlp', 'a file'] },
  },
  epochs: { group: 'Training', schema: whole(1), value: '<n>', help: 'passes over the training samples' },
  batchSize: { group: 'Training', schema: whole(1), value: '<n>', help: 'samples per step' },
  lr: { group: 'Training', schema: positive, value: '<rate>', help: 'learning rate' },
  optimizer: { group: 'Training', schema: oneOf(optimizerNames), value: '<name>', help: optimizerNames.join(', ') },
  momentum: {
    group: 'Training',
    schema: atLeast0,
    value: '<m>',
    help: 'momentum',
    appliesWith: { setting: 'optimizer', is: ['sgd'] },
  },
  weightDecay: { group: 'Training', schema: atLeast0, value: '<d>', help: 'weight decay' },
  scheduler: {
    group: 'Training',
    schema: oneOf(schedulerNames),
    value: '<name>',
    help: schedulerNames.join(', '),
    valuesApplyWith: {
      onecycle: { setting: 'optimizer', is: ['sgd', 'adam', 'adamw'], why: 'it moves the momentum' },
    },
  },
  stepSize: {
    group: 'Training',
    schema: whole(1),
    value: '<n>',
    help: 'epochs from one step to the next',
    appliesWith: { setting: 'scheduler', is: ['step'] },
  },
  gamma: {
    group: 'Training',
    schema: positive,
    value: '<factor>',
    help: 'what each step multiplies the learning rate by',
    appliesWith: { setting: 'scheduler', is: ['step', 'exponential'] },
  },
  accumulate: { group: 'Training', schema: whole(1), value: '<n>', help: 'batches whose gradients make one update' },
  clipGradNorm: { group: 'Training', schema: positive, value: '<norm>', help: 'clip the norm of the gradients' },
  earlyStopping: {
    group: 'Training',
    schema: whole(1),
    value: '<n>',
    help: 'end after so many epochs that were no better',
  },
  seed: { group: 'Training', schema: whole(0), value: '<n>', help: 'seed of weights, split, order and dropout' },
  backend: { group: 'Run', schema: oneOf(backendNames), value: '<name>', help: backendNames.join(', ') },
  threads: {
    group: 'Run',
    schema: whole(1),
    value: '<n>',
    help: 'how many threads compute',
    appliesWith: { setting: 'backend', is: ['wasm', 'auto'] },
  },
  runDir: {
    group: 'Run',
    schema: text,
    value: '<folder>',
    help: 'where configuration, metrics and checkpoints go',
    isPath: true,
  },
  checkpointEvery: {
    group: 'Run',
    schema: whole(1),
    value: '<n>',
    help: 'steps between checkpoints, besides each epoch',
  },
  logInterval: { group: 'Run', schema: whole(1), value: '<n>', help: 'steps between two lines' },
} as const satisfies Record<string, Field>;

export type FieldName = keyof typeof fields;
export type Settings = { readonly [K in FieldName]?: z.infer<(typeof fields)[K]['schema']> };

export const fieldNames = Object.keys(fields) as FieldName[];

/** The entry of a field, with all that an entry may have. */
export const fieldOf = (name: FieldName): Field => fields[name];

/** `batchSize` → `--batch-size` */
export const flagOf = (name: string): string =>
  `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** What `--help` says of a field. */
export function helpOf(name: FieldName): string {
  const { help, appliesWith } = fieldOf(name);
  return appliesWith ? `${help} (${appliesWith.setting} ${orOf(appliesWith.is)})` : help;
}

/** `a, b or c` */
export const orOf = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
