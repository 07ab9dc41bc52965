// `rushlight eval`: how good a run's weights are on its test samples, or on others.

import { data, manualSeed, train } from 'rushlight';
import { checkScopes } from '../config/check-scopes.ts';
import { ConfigError } from '../config/config-error.ts';
import type { Given } from '../config/given.ts';
import { changeSince } from '../tasks/data-mark.ts';
import { loadTask } from '../tasks/load-task.ts';
import { readTable } from '../tasks/table.ts';
import type { Samples } from '../tasks/task.ts';
import { classReport } from '../view/class-report.ts';
import { onBackend } from './backend.ts';
import { restore } from './restored.ts';
import { criterionOf, evalLoaderOf, metricsOf, type RunRecord } from './session.ts';

export interface EvaluateArguments {
  readonly run: string;
  /** Default best. */
  readonly checkpoint?: 'last' | 'best';
  /** A CSV file with the run's columns, instead of the test samples. */
  readonly data?: string;
  /** What becomes of a category there that the training rows did not have. Default error. */
  readonly unseen?: 'error' | 'missing';
  readonly json: boolean;
}

type Say = (line: string) => void;

export async function runEvaluate(args: EvaluateArguments, given: Given, log: Say, note: Say): Promise<void> {
  await onBackend(given.settings, () => evaluate(args, given, log, note));
}

async function evaluate(
  { run, checkpoint, data: file, unseen, json }: EvaluateArguments,
  given: Given,
  log: Say,
  note: Say,
) {
  const { record, model, path } = await restore(run, checkpoint);
  checkScopes(given, { ...record.settings, backend: given.settings.backend ?? 'auto' });
  const { kind, classes, targetScale } = record;
  if (unseen !== undefined && file === undefined) {
    throw new ConfigError('--unseen applies with --data, which is not given. Leave it out.');
  }
  const samples = file === undefined ? await testSamples(record, note) : await rowsOf(file, record, unseen);
  const { length } = samples;
  if (kind === 'regression' && length < 2) throw new ConfigError(`${file} has one row, and R2 needs two. Pass more.`);
  const confusion = new train.ConfusionMatrix(Math.max(1, classes.length));
  const metrics: Record<string, train.Metric> = {
    ...metricsOf(kind, targetScale),
    ...(kind === 'classification' && {
      confusion,
      precision: new train.Precision({ average: 'none' }),
      recall: new train.Recall({ average: 'none' }),
      f1: new train.F1Score({ average: 'none' }),
    }),
  };
  const values = await train.evaluate(evalLoaderOf(samples), { model, criterion: criterionOf(kind), metrics });
  if (json) {
    log(JSON.stringify({ checkpoint: path, samples: length, classes, ...values }));
    return;
  }
  log(`${path}, ${length.toLocaleString('en')} samples`);
  const number = (name: string): number => Number(values[name]);
  if (kind === 'regression') {
    log(
      `Average loss: ${values.loss.toFixed(4)}, R2: ${number('r2').toFixed(4)}, MAE: ${number('mae').toPrecision(4)}`,
    );
    return;
  }
  const accuracy = number('accuracy');
  log(`Average loss: ${values.loss.toFixed(4)}, Accuracy: ${Math.round(accuracy * length)}/${length} (${(100 * accuracy).toFixed(1)}%)`); // prettier-ignore
  for (const line of classReport(classes, values)) log(line);
}

/** What the run kept to test with. Says so where that may have been trained on. */
async function testSamples({ settings, card, data: before }: RunRecord, note: Say): Promise<Samples> {
  manualSeed(settings.seed);
  const task = await loadTask(settings, { note, card });
  const change = changeSince(before, task.mark);
  if (change) {
    const cure = card.kind === 'table' ? ' Pass --data with rows that were not.' : '';
    note(`${settings.dataDir ?? settings.dataset} ${change}: samples tested with may have been trained on.${cure}`);
  }
  return task.test;
}

async function rowsOf(
  file: string,
  { card }: RunRecord,
  unseen: EvaluateArguments['unseen'] = 'error',
): Promise<Samples> {
  if (card.kind === 'table') {
    return new data.TabularDataset(data.TableSchema.fromJSON(card.schema), await readTable(file), { unseen });
  }
  throw new ConfigError(`--data is ${file}, but the run was not trained on a CSV file. Leave it out.`);
}
