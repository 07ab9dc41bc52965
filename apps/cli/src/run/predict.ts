// `rushlight predict`: what a run's weights say of rows of a CSV file, or of pictures.

import { readFile } from 'node:fs/promises';
import { data, noGrad, tensor, ValueError, type Tensor } from 'rushlight';
import { checkScopes } from '../config/check-scopes.ts';
import { ConfigError } from '../config/config-error.ts';
import type { Given } from '../config/given.ts';
import { messageOf, withoutOp } from '../config/message-of.ts';
import { readTable } from '../tasks/table.ts';
import type { ImagesCard, TableCard } from '../tasks/task.ts';
import { onBackend } from './backend.ts';
import { restore, type Restored } from './restored.ts';

export interface PredictArguments {
  readonly run: string;
  /** Default best. */
  readonly checkpoint?: 'last' | 'best';
  /** Files; or points, as text. */
  readonly inputs: readonly string[];
  /** What becomes of a category that the training rows did not have. Default error. */
  readonly unseen?: 'error' | 'missing';
  readonly json: boolean;
}

/** One thing that was predicted: a class with the probabilities of all, or a number. */
interface Prediction {
  /** The picture, the point, or the row and its file. */
  readonly input: string;
  readonly prediction: string | number;
  readonly probability?: number;
  readonly probabilities?: Readonly<Record<string, number>>;
}

type Say = (line: string) => void;

export async function runPredict(args: PredictArguments, given: Given, log: Say): Promise<void> {
  await onBackend(given.settings, async () => {
    const { run, checkpoint, inputs, json } = args;
    const restored = await restore(run, checkpoint);
    checkScopes(given, { ...restored.record.settings, backend: given.settings.backend ?? 'auto' });
    const { card, kind } = restored.record;
    if (args.unseen !== undefined && card.kind !== 'table') {
      throw new ConfigError('--unseen applies with CSV files, but the run was not trained on one. Leave it out.');
    }
    const print = (all: readonly Prediction[], lineOf: (one: Prediction) => string): void => {
      for (const one of all) log(json ? JSON.stringify(one) : lineOf(one));
    };
    if (card.kind === 'points') {
      print(await predict(restored, tensor(inputs.map(pointOf)), inputs), inWords);
      return;
    }
    if (card.kind === 'images') {
      for (const input of inputs) print(await predict(restored, await pixelsOf(input, card), [input]), inWords);
      return;
    }
    // Lines that are a CSV file again.
    const hasFile = inputs.length > 1;
    const head = [...(hasFile ? ['file'] : []), 'row', 'prediction', ...(kind === 'classification' ? ['probability'] : [])]; // prettier-ignore
    let isFirst = !json;
    for (const input of inputs) {
      for await (const batch of ofTable(restored, input, card, args.unseen)) {
        if (isFirst) log(head.join(','));
        isFirst = false;
        print(batch, (one) => (hasFile ? `${field(input)},` : '') + asRow(one));
      }
    }
  });
}

/** A batch of inputs, a prediction each. */
async function predict({ model, record }: Restored, x: Tensor, names: readonly string[]): Promise<Prediction[]> {
  const { kind, classes, card } = record;
  const output = noGrad(() => (kind === 'classification' ? model(x).softmax(1) : model(x)));
  const values = await output.data();
  if (kind === 'regression') {
    const schema = card.kind === 'table' ? data.TableSchema.fromJSON(card.schema) : undefined;
    return names.map((input, k) => ({
      input,
      prediction: schema?.denormalize(Number(values[k])) ?? Number(values[k]),
    }));
  }
  return names.map((input, k) => {
    const row = Array.from(values.subarray(k * classes.length, (k + 1) * classes.length), Number);
    const best = row.indexOf(Math.max(...row));
    return {
      input,
      prediction: classes[best] ?? String(best),
      probability: row[best] ?? NaN,
      probabilities: Object.fromEntries(classes.map((name, c) => [name, row[c] ?? NaN])),
    };
  });
}

/** Rows at a time. */
const batchSize = 1000;

async function* ofTable(
  restored: Restored,
  path: string,
  card: TableCard,
  unseen: 'error' | 'missing' = 'error',
): AsyncGenerator<Prediction[]> {
  const table = await readTable(path);
  const { features, shape, rows } = data.TableSchema.fromJSON(card.schema).encode(table, { targets: false, unseen });
  const [count, width] = shape;
  for (let from = 0; from < count; from += batchSize) {
    const to = Math.min(count, from + batchSize);
    const x = tensor(features.slice(from * width, to * width), { shape: [to - from, width] });
    const places = Array.from(rows.subarray(from, to), (row) => table.place(row));
    yield await predict(restored, x, places);
  }
}

/** The picture in a file, as a batch of one, such as those that the model was trained on. */
async function pixelsOf(path: string, card: ImagesCard): Promise<Tensor> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new ConfigError(`${path} cannot be read (${messageOf(cause)}). Pass PNG or JPEG files.`);
  });
  const decoded = await data.decodeImage(bytes, { name: path });
  const [channels, height, width] = card.shape;
  const image = card.isDigit
    ? digitIn(path, decoded)
    : data.resizePixels(channels === 1 ? data.toGray(decoded) : data.toRGB(decoded), width, height);
  const { Normalize, ToTensor } = data.transforms;
  return new Normalize([...card.mean], [...card.std])(new ToTensor()(image)).unsqueeze(0);
}

function digitIn(path: string, image: data.PixelImage): data.PixelImage {
  try {
    return data.toDigit(image);
  } catch (cause) {
    if (!(cause instanceof ValueError)) throw cause;
    throw new ValueError('predict', `${path}: ${withoutOp(cause)}`);
  }
}

function pointOf(input: string): number[] {
  const parts = input.split(',');
  const point = parts.map(Number);
  if (parts.every((part) => part.trim() !== '') && point.length === 2 && point.every(Number.isFinite)) return point;
  throw new ConfigError(`"${input}" is no point. Pass two numbers with a comma between them: 0.5,-1.2.`);
}

/** With the classes that come next. */
function inWords({ input, prediction, probability, probabilities = {} }: Prediction): string {
  const share = (x: number): string => `${(100 * x).toFixed(1)}%`;
  const others = Object.entries(probabilities)
    .filter(([name]) => name !== prediction)
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, 2)
    .map(([name, p]) => `${name} ${share(p)}`);
  const sure = probability === undefined ? '' : ` (${[share(probability), ...others].join(', ')})`;
  return `${input}: ${prediction}${sure}`;
}

const field = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

function asRow({ input, prediction, probability }: Prediction): string {
  const row = input.slice(input.lastIndexOf(' ') + 1);
  const value = typeof prediction === 'number' ? String(Number(prediction.toPrecision(7))) : field(prediction);
  return [row, value, ...(probability === undefined ? [] : [probability.toFixed(4)])].join(',');
}
