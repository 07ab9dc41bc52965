// The lines of PyTorch's examples, for logs, pipes and terminals that cannot do more.

import type { train } from 'rushlight';
import {
  isLogged,
  metricOf,
  resumedLine,
  type MetricName,
  type Output,
  type RunInfo,
  type RunSummary,
  type View,
} from './view.ts';

/** Writes lines: what the run amounts to on `out`, everything else on `err`. */
export class PlainView implements View {
  readonly #out: Output;
  readonly #err: Output;
  #info: RunInfo | undefined;

  constructor(out: Output, err: Output) {
    this.#out = out;
    this.#err = err;
  }

  start(info: RunInfo): void {
    this.#info = info;
    const { name, description } = info.device;
    this.note(`Training on ${name}${description && ` (${description})`}.`);
    this.note(`The run is kept in ${info.folder}.`);
    if (info.resumed) this.note(`Going on after ${epochs(info.resumed.epoch)} and ${info.resumed.step} steps.`);
  }

  async step(event: train.StepEvent): Promise<void> {
    if (!this.#info || !isLogged(event, this.#info)) return;
    const { epoch, seen, loss } = event;
    const { trainSamples } = this.#info.data;
    const place = `${seen}/${trainSamples} (${percent(seen / trainSamples)})`;
    this.#out.write(`Train Epoch: ${epoch} [${place}]\tLoss: ${(await loss.item()).toFixed(6)}\n`);
  }

  epoch(event: train.EpochEvent): void {
    const of = (name: MetricName): string => metricOf(event, name).toFixed(4);
    const measured = this.#info?.task === 'regression' ? `R2: ${of('r2')}, MAE: ${of('mae')}` : this.#accuracy(event);
    this.#out.write(`\nTest set: Average loss: ${of('loss')}, ${measured}\n\n`);
  }

  #accuracy(event: train.EpochEvent): string {
    const samples = this.#info?.data.testSamples ?? 0;
    const correct = Math.round(metricOf(event, 'accuracy') * samples);
    return `Accuracy: ${correct}/${samples} (${percent(correct / samples)})`;
  }

  resumed(event: train.ResumedEvent): void {
    this.note(resumedLine(event));
  }

  note(line: string): void {
    this.#err.write(`${line}\n`);
  }

  end({ outcome, reason, epochs: over }: RunSummary): void {
    if (outcome === 'stopped') this.note(`Stopped after ${epochs(over)}${reason ? `: ${reason}` : ''}.`);
  }
}

const percent = (share: number): string => `${Math.round(100 * share)}%`;

const epochs = (count: number): string => `${count} epoch${count === 1 ? '' : 's'}`;
