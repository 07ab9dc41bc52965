// A run in a terminal: the model first, then a picture that is redrawn, above which each epoch leaves a line.

import { createLogUpdate } from 'log-update';
import type { Tensor, train } from 'rushlight';
import { batchAccuracy } from './batch-accuracy.ts';
import { hideCursor } from './cursor.ts';
import { epochHeads, epochLine } from './epoch-table.ts';
import { glyphsFor, type Glyphs } from './glyphs.ts';
import { liveBlock, type Live } from './live-block.ts';
import { LossHistory } from './loss-history.ts';
import { plotLoss } from './loss-plot.ts';
import { paintFor, type Environment, type Paint } from './paint.ts';
import { plural, showNumber, showSeconds, showShare } from './quantities.ts';
import { runHeader, wrapWords } from './run-header.ts';
import { Smoothed } from './smoothed.ts';
import { Speed } from './speed.ts';
import { widthOf, type Terminal } from './terminal.ts';
import { metricOf, resumedLine, type RunInfo, type RunSummary, type View } from './view.ts';

export interface TerminalViewOptions {
  /** The environment that colours and characters follow. Default process.env. */
  readonly env?: Environment;
  /** The time in milliseconds, from any beginning. Default performance.now. */
  readonly now?: () => number;
}

/** Milliseconds from one picture to the next, and from one loss that is read to the next: reading waits for the device. */
const [drawEvery, readEvery] = [100, 25];

// oxlint-disable-next-line no-control-regex -- that is what styles are made of
const styles = /\u001B\[[\d;]*m/g;

/** Draws on a terminal that can move its cursor. */
export class TerminalView implements View {
  readonly #terminal: Terminal;
  readonly #now: () => number;
  readonly #paint: Paint;
  readonly #glyphs: Glyphs;
  readonly #log: ReturnType<typeof createLogUpdate>;
  #info: RunInfo | undefined;
  #showCursor: (() => void) | undefined;
  /** Widths of the lines of the picture that is on the screen. */
  #drawn: readonly number[] = [];
  #drawnAt = -Infinity;
  #readAt = -Infinity;

  /** Of the last update, without its tensors. */
  #place: Omit<train.StepEvent, 'loss' | 'output' | 'target'> | undefined;
  #epoch = 1;
  /** Samples of the evaluation that is under way. */
  #evaluated: number | undefined;
  #loss = new Smoothed();
  #accuracy = new Smoothed();
  #lastLoss: number | undefined;
  readonly #history = new LossHistory();
  readonly #speed = new Speed();
  /** When the last update was, and what an evaluation takes, in milliseconds. */
  #steppedAt = 0;
  #evaluationTime = 0;
  /** The heads over the epochs' lines: written anew where they change with the width. */
  #heads = '';
  #best: train.EpochEvent | undefined;

  constructor(terminal: Terminal, { env = process.env, now = () => performance.now() }: TerminalViewOptions = {}) {
    this.#terminal = terminal;
    this.#now = now;
    this.#paint = paintFor(terminal, env);
    this.#glyphs = glyphsFor(env);
    // It would hide the cursor of the standard error stream.
    this.#log = createLogUpdate(terminal, { showCursor: true });
  }

  start(info: RunInfo): void {
    this.#info = info;
    this.#epoch = (info.resumed?.epoch ?? 0) + 1;
    this.#write(runHeader(info, this.#look));
    this.#showCursor = hideCursor(this.#terminal);
    this.#terminal.on('resize', this.#resized);
    this.#draw();
  }

  async step(event: train.StepEvent): Promise<void> {
    const now = this.#now();
    const { loss, output, target, ...place } = event;
    this.#place = place;
    this.#epoch = event.epoch;
    this.#evaluated = undefined;
    this.#steppedAt = now;
    this.#speed.mark(now, event.seen);
    if (now - this.#readAt >= readEvery) {
      this.#readAt = now;
      await this.#read(event.step, loss, output, target);
    }
    if (now - this.#drawnAt >= drawEvery) this.#draw();
  }

  async #read(step: number, loss: Tensor, output: Tensor, target: Tensor): Promise<void> {
    const value = await loss.item();
    this.#lastLoss = value;
    this.#loss.add(step, value);
    if (this.#loss.value !== undefined) this.#history.add(step, this.#loss.value);
    if (this.#info?.task !== 'classification') return;
    this.#accuracy.add(step, await batchAccuracy(output, target));
  }

  evaluating(samples: number): void {
    const isFirst = this.#evaluated === undefined;
    this.#evaluated = samples;
    if (isFirst || this.#now() - this.#drawnAt >= drawEvery) this.#draw();
  }

  epoch(event: train.EpochEvent): void {
    if (!this.#info) return;
    const { task, epochs } = this.#info;
    this.#evaluationTime = this.#now() - this.#steppedAt;
    if (event.isBest) this.#best = event;
    this.#evaluated = undefined;
    this.#epoch = Math.min(event.epoch + 1, epochs);
    this.#speed.pause();
    this.#clear();
    const heads = epochHeads(task, this.#look);
    this.#write([...(heads === this.#heads ? [] : ['', heads]), epochLine(task, event, this.#look)]);
    this.#heads = heads;
    if (event.epoch < epochs) this.#draw();
  }

  resumed(event: train.ResumedEvent): void {
    this.#place = undefined;
    this.#evaluated = undefined;
    this.#epoch = event.epoch;
    this.#loss = new Smoothed();
    this.#accuracy = new Smoothed();
    this.#history.forgetAfter(event.step);
    this.#speed.pause();
    this.note(resumedLine(event));
  }

  note(line: string): void {
    const isDrawn = this.#drawn.length > 0;
    this.#clear();
    this.#write(wrapWords(line, widthOf(this.#terminal)));
    if (isDrawn) this.#draw();
  }

  end(summary: RunSummary): void {
    if (!this.#info) return;
    this.#clear();
    this.#terminal.off('resize', this.#resized);
    const options = { ...this.#look, height: 8, stepsPerEpoch: stepsPerEpoch(this.#info) };
    const plot = plotLoss(this.#history.points, options);
    if (plot.length > 0) this.#write(['', ...plot, '']);
    this.#write(this.#lastWords(this.#info, summary));
    this.#showCursor?.();
    this.#showCursor = undefined;
  }

  #lastWords({ folder, task }: RunInfo, { outcome, reason, epochs, seconds }: RunSummary): string[] {
    const [style, word] = ({ done: ['green', 'Done'], stopped: ['yellow', 'Stopped'], failed: ['red', 'Failed'] } as const)[outcome]; // prettier-ignore
    // Why it failed is for whoever caught the error to tell.
    const why = outcome === 'stopped' && reason ? `: ${reason}` : '';
    const said = `${word} after ${plural(epochs, 'epoch')}, ${showSeconds(seconds)}${why}.`;
    return [
      ...wrapWords(said, this.#look.width).map((line) => this.#paint(style, line)),
      ...(this.#best ? [this.#paint('dim', 'Best  ') + bestOf(task, this.#best)] : []),
      this.#paint('dim', 'Run   ') + folder,
    ];
  }

  get #look() {
    return { width: widthOf(this.#terminal), glyphs: this.#glyphs, paint: this.#paint };
  }

  #draw(): void {
    if (!this.#info) return;
    this.#drawnAt = this.#now();
    const { task, epochs, data, batches } = this.#info;
    const trained = this.#place?.epoch === this.#epoch ? this.#place.batch / batches : 0;
    const block = liveBlock(
      {
        task,
        epoch: this.#epoch,
        epochs,
        share: this.#evaluated === undefined ? trained : this.#evaluated / data.testSamples,
        isEvaluating: this.#evaluated !== undefined,
        ...this.#timeLeft(this.#info, trained),
        loss: this.#loss.value,
        lastLoss: this.#lastLoss,
        accuracy: this.#accuracy.value,
        speed: this.#speed.rate,
        lr: this.#place?.lr ?? [],
        points: this.#history.points,
        stepsPerEpoch: stepsPerEpoch(this.#info),
      },
      { ...this.#look, rows: this.#terminal.rows ?? 24 },
    );
    const lines = ['', ...block];
    this.#log(lines.join('\n'));
    this.#drawn = lines.map((line) => line.replaceAll(styles, '').length);
  }

  /** In seconds, if so much of the epoch's training is over; evaluations are taken to last as long as the last one. */
  #timeLeft({ data, epochs }: RunInfo, trained: number): Pick<Live, 'epochLeft' | 'runLeft'> {
    const { rate } = this.#speed;
    if (rate === undefined) return { epochLeft: undefined, runLeft: undefined };
    const epoch = data.trainSamples / rate;
    const epochLeft = this.#evaluated === undefined ? (1 - trained) * epoch : 0;
    const further = epochs - this.#epoch;
    return { epochLeft, runLeft: epochLeft + further * epoch + ((further + 1) * this.#evaluationTime) / 1e3 };
  }

  #clear(): void {
    this.#log.clear();
    this.#drawn = [];
  }

  #write(lines: readonly string[]): void {
    this.#terminal.write(`${lines.join('\n')}\n`);
  }

  /** Terminals wrap lines that have become too wide: what the picture takes then is more than was written. */
  readonly #resized = (): void => {
    const columns = this.#terminal.columns || 80;
    const more = this.#drawn.reduce((sum, width) => sum + Math.max(0, Math.ceil(width / columns) - 1), 0);
    this.#clear();
    this.#terminal.write('\u001B[1A\u001B[2K'.repeat(more));
    this.#draw();
  };
}

const stepsPerEpoch = ({ batches, accumulate }: RunInfo): number => Math.ceil(batches / accumulate);

function bestOf(task: RunInfo['task'], event: train.EpochEvent): string {
  const metric = task === 'regression' ? `R2 ${showNumber(metricOf(event, 'r2'))}` : `accuracy ${showShare(metricOf(event, 'accuracy'))}`; // prettier-ignore
  return `epoch ${event.epoch}, loss ${showNumber(metricOf(event, 'loss'))}, ${metric}`;
}
