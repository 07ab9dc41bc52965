// What a run writes down besides its checkpoints: a line of JSON for each logged step and each epoch, and the same for TensorBoard.

import { readFile, writeFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { train } from 'rushlight';
import { appendSink } from 'rushlight/node';
import { files } from './run-folder.ts';

/** A callback that writes to the folder of a run; `isResumed`: others wrote there before. */
export function metricsLog(folder: string, logInterval: number, isResumed: boolean): train.Callback {
  const lines = new train.JsonlWriter(appendSink(join(folder, files.metrics)));
  const name = train.eventFileName({ suffix: `${process.pid}.rushlight` });
  const events = new train.EventFileWriter(appendSink(join(folder, name)));
  return {
    async onStart({ position }) {
      if (isResumed) await events.addStart(position.step + 1);
    },
    async onResumed(_, { position }) {
      await forgetMetricsAfter(folder, position);
      await events.addStart(position.step + 1);
    },
    async onStep({ step, epoch, loss, lr }) {
      if (step % logInterval !== 0) return;
      const value = await loss.item();
      const rate = lr[0] ?? 0;
      await lines.write({ kind: 'step', step, epoch, loss: value, lr: rate });
      await events.addValues({ 'train/loss': value, 'train/lr': rate }, step);
    },
    async onEpoch({ step, epoch, loss, evaluation, seconds }) {
      await lines.write({ kind: 'epoch', step, epoch, loss, evaluation, seconds });
      const tested = Object.entries(evaluation ?? {}).flatMap(([name, value]) =>
        typeof value === 'number' ? [[`test/${name}`, value] as const] : [],
      );
      await events.addValues({ 'epoch/loss': loss, ...Object.fromEntries(tested) }, step);
    },
  };
}

/** Takes out of the metrics what a run that goes on from there will do again: all after its place, and a line that was cut off. */
export async function forgetMetricsAfter(folder: string, { epoch, step }: train.Position): Promise<void> {
  const path = join(folder, files.metrics);
  const text = await readFile(path, 'utf8').catch(() => '');
  const kept = text.split('\n').filter((line) => {
    try {
      const record = JSON.parse(line) as { kind: string; epoch: number; step: number };
      return record.step <= step && (record.kind !== 'epoch' || record.epoch <= epoch);
    } catch {
      return false;
    }
  });
  const next = kept.map((line) => `${line}\n`).join('');
  if (next === text) return;
  await writeFile(`${path}.tmp`, next);
  await rename(`${path}.tmp`, path);
}
