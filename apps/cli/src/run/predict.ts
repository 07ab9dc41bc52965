// `rushlight predict`: what a run's weights say of rows of a CSV file, or of pictures.

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { data, noGrad, tensor, type Tensor } from 'rushlight';
import { ConfigError } from '../config/config-error.ts';
import { messageOf } from '../config/read-config.ts';
import type { Settings } from '../config/fields.ts';
import { readTable } from '../tasks/table.ts';
import type { Card } from '../tasks/task.ts';
import { restore, type Restored } from './restored.ts';

export interface PredictArguments {
  readonly run: string;
  readonly checkpoint: 'last' | 'best';
  readonly inputs: readonly string[];
  readonly json: boolean;
}

/** One thing that was predicted: a class with the probabilities of all, or a number. */
interface Prediction {
  readonly input: string;
  readonly prediction: string | number;
  readonly probability?: number;
  readonly probabilities?: Readonly<Record<string, number>>;
}

export async function runPredict(
  { run, checkpoint, inputs, json }: PredictArguments,
  given: Settings,
  log: (line: string) => void,
): Promise<void> {
  const restored = await restore(run, checkpoint, given);
  const { card } = restored.record;
  if (card.kind === 'points') {
    const points = inputs.map((input) => pointOf(input));
    print(await predict(restored, tensor(points), inputs), json, log);
    return;
  }
  for (const input of inputs) {
    const predictions =
      card.kind === 'table' ? await ofTable(restored, input, card) : await ofImage(restored, input, card);
    if (card.kind === 'table' && !json) printTable(predictions, log);
    else print(predictions, json, log);
  }
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

async function ofTable(restored: Restored, path: string, card: Card & { kind: 'table' }): Promise<Prediction[]> {
  const table = await readTable(path);
  const { features, shape, rows } = data.TableSchema.fromJSON(card.schema).encode(table, { targets: false });
  const names = Array.from(rows, (row) => table.place(row));
  return predict(restored, tensor(features, { shape: [...shape] }), names);
}

async function ofImage(restored: Restored, path: string, card: Card & { kind: 'images' }): Promise<Prediction[]> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new ConfigError(`${path} cannot be read (${messageOf(cause)}). Pass PNG or JPEG files.`);
  });
  const decoded = await data.decodeImage(bytes, { name: basename(path) });
  const [channels, height, width] = card.shape;
  const image = card.isDigit
    ? data.toDigit(decoded)
    : data.resizePixels(channels === 1 ? data.toGray(decoded) : data.toRGB(decoded), width, height);
  const { Normalize, ToTensor } = data.transforms;
  const x = new Normalize([...card.mean], [...card.std])(new ToTensor()(image) as never) as unknown as Tensor;
  return predict(restored, x.unsqueeze(0), [path]);
}

function pointOf(input: string): number[] {
  const point = input.split(',').map(Number);
  if (point.length === 2 && point.every(Number.isFinite)) return point;
  throw new ConfigError(`"${input}" is no point. Pass two numbers with a comma between them: 0.5,-1.2.`);
}

function print(predictions: readonly Prediction[], json: boolean, log: (line: string) => void): void {
  for (const found of predictions) {
    if (json) log(JSON.stringify(found));
    else {
      const share = (x: number): string => `${(100 * x).toFixed(1)}%`;
      const others = Object.entries(found.probabilities ?? {})
        .filter(([name]) => name !== found.prediction)
        .toSorted(([, a], [, b]) => b - a)
        .slice(0, 2)
        .map(([name, p]) => `${name} ${share(p)}`);
      const sure = found.probability === undefined ? '' : ` (${[share(found.probability), ...others].join(', ')})`;
      log(`${found.input}: ${found.prediction}${sure}`);
    }
  }
}

/** As CSV, a line for each row: it goes to a file as it is. */
function printTable(predictions: readonly Prediction[], log: (line: string) => void): void {
  const isClass = predictions[0]?.probability !== undefined;
  const quoted = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  log(isClass ? 'row,prediction,probability' : 'row,prediction');
  for (const { input, prediction, probability } of predictions) {
    const row = input.replace(/^.*, (?:line|row) /, '');
    const value = typeof prediction === 'number' ? String(Number(prediction.toPrecision(7))) : quoted(prediction);
    log([row, value, ...(probability === undefined ? [] : [probability.toFixed(4)])].join(','));
  }
}
