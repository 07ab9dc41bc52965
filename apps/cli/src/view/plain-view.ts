// The lines of PyTorch's examples, for logs, pipes and terminals that cannot do more.

import type { train } from 'rushlight';
import { isLogged, metricOf, type Output, type RunInfo, type RunSummary, type View } from './view.ts';

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
    if (info.folder !== undefined) this.note(`The run is kept in ${info.folder}.`);
    if (info.resumed) this.note(`Going on after ${epochs(info.resumed.epoch)} and ${info.resumed.step} steps.`);
  }

  async step(event: train.StepEvent): Promise<void> {
    if (!this.#info || !isLogged(event, this.#info)) return;
    const { epoch, seen, samples, loss } = event;
    const place = samples === undefined ? seen : `${seen}/${samples} (${percent(seen / samples)})`;
    this.#out.write(`Train Epoch: ${epoch} [${place}]\tLoss: ${(await loss.item()).toFixed(6)}\n`);
  }

  epoch(event: train.EpochEvent): void {
    const { evaluation, loss } = event;
    const parts = [`Average loss: ${(evaluation?.loss ?? loss).toFixed(4)}`, ...this.#metrics(event)];
    this.#out.write(`\n${evaluation ? 'Test' : 'Train'} set: ${parts.join(', ')}\n\n`);
  }

  #metrics(event: train.EpochEvent): string[] {
    const [accuracy, r2, mae] = ['accuracy', 'r2', 'mae'].map((name) => metricOf(event, name));
    if (this.#info?.task === 'regression') {
      return [
        ...(r2 === undefined ? [] : [`R2: ${r2.toFixed(4)}`]),
        ...(mae === undefined ? [] : [`MAE: ${mae.toFixed(4)}`]),
      ];
    }
    if (accuracy === undefined) return [];
    const samples = this.#info?.data.testSamples;
    if (samples === undefined) return [`Accuracy: ${percent(accuracy)}`];
    const correct = Math.round(accuracy * samples);
    return [`Accuracy: ${correct}/${samples} (${percent(correct / samples)})`];
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
