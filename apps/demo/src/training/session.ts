// A run as a page sees it: signals that change as the worker tells, and what may be asked of it.

import { effect, signal } from '@preact/signals';
import { backend } from '../state/backend.ts';
import type { JobName } from './job.ts';
import type { Command, DeviceInfo, Evaluation, Notice, Report, Saved, Told } from './protocol.ts';
import type { Taken } from './take-file.ts';

export type State = 'waiting' | 'making' | 'running' | 'paused';

/** Losses as two lists, for charts: thinned out where there are many. */
export interface Curve {
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

const mostPoints = 4000;

/** Every other point where there are too many: curves stay as long as they are, and get coarser. */
const thin = <T>(points: readonly T[]): readonly T[] =>
  points.length > mostPoints ? points.filter((_, k) => k % 2 === 0) : points;

type Waiting = { readonly resolve: (answer: never) => void; readonly reject: (error: Error) => void };
type Question = { kind: 'ask'; question: unknown } | { kind: 'save' } | { kind: 'load'; bytes: Uint8Array };

export class Session<Config, View> {
  /** The number of the run: another one for each. */
  readonly number = signal(0);
  readonly state = signal<State>('waiting');
  readonly device = signal<DeviceInfo | undefined>(undefined);
  readonly step = signal(0);
  readonly epochs = signal(0);
  /** Updates in a second. */
  readonly rate = signal(0);
  readonly losses = signal<Curve>({ steps: [], values: [] });
  readonly evaluations = signal<readonly Evaluation[]>([]);
  readonly view = signal<View | undefined>(undefined);
  readonly notice = signal<Notice | undefined>(undefined);
  private readonly job: JobName;
  private worker: Worker;
  /** Why the worker does not work, if so. */
  private failure: string | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private readonly stopFollowing: () => void;
  private lastId = 0;
  private hasRun = false;
  private isGoing = false;

  constructor(job: JobName) {
    this.job = job;
    this.worker = this.startWorker();
    // The backend is chosen for the whole site: the run that is there goes on, on another one.
    this.stopFollowing = effect(() => {
      const chosen = backend.value;
      if (this.hasRun) this.send({ kind: 'backend', backend: chosen });
    });
  }

  private startWorker(): Worker {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    worker.addEventListener('message', ({ data }: MessageEvent<Told>) => this.hear(data));
    worker.addEventListener('error', ({ message }) => this.fail(message || 'the worker does not start'));
    return worker;
  }

  /** Whether it was told to train on and has no reason to stop: true also while the worker has yet to hear of it. */
  get goesOn(): boolean {
    return this.isGoing;
  }

  /** Begins anew. */
  make(config: Config): void {
    if (this.failure !== undefined) {
      this.failure = undefined;
      this.worker.terminate();
      this.worker = this.startWorker();
    }
    this.state.value = 'making';
    this.hasRun = true;
    this.isGoing = false;
    this.forget();
    this.send({ kind: 'make', run: ++this.number.value, job: this.job, config, backend: backend.peek() });
  }

  run(steps?: number): void {
    if (this.failure !== undefined) return;
    this.notice.value = undefined;
    this.isGoing = steps === undefined;
    this.send({ kind: 'run', ...(steps !== undefined && { steps }) });
  }

  pause(): void {
    this.isGoing = false;
    this.send({ kind: 'pause' });
  }

  adjust(settings: unknown): void {
    this.send({ kind: 'adjust', settings });
  }

  /** What the job answers; rejects with what it throws. */
  ask<Answer>(question: unknown): Promise<Answer> {
    return this.request({ kind: 'ask', question });
  }

  /** The run as a safetensors file, and its step. Undefined where there is no run. */
  save(): Promise<Saved | undefined> {
    return this.request({ kind: 'save' });
  }

  /** Goes on from such a file, or takes its weights, and pauses; tells which, or why neither. Undefined where there is no run. */
  async load(bytes: Uint8Array): Promise<Taken | undefined> {
    this.isGoing = false;
    const taken = await this.request<Taken | undefined>({ kind: 'load', bytes });
    // What went wrong before went wrong with other weights.
    if (taken?.kind === 'run' || taken?.kind === 'weights') this.notice.value = undefined;
    return taken;
  }

  end(): void {
    this.stopFollowing();
    this.worker.terminate();
  }

  private send(command: Command): void {
    this.worker.postMessage(command);
  }

  private request<Answer>(question: Question): Promise<Answer> {
    if (this.failure !== undefined) return Promise.reject(new Error(this.failure));
    const id = ++this.lastId;
    return new Promise<Answer>((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.send({ ...question, id });
    });
  }

  private forget(): void {
    this.step.value = this.epochs.value = this.rate.value = 0;
    this.losses.value = { steps: [], values: [] };
    this.evaluations.value = [];
    this.notice.value = undefined;
  }

  private fail(message: string): void {
    this.failure = message;
    this.state.value = 'paused';
    this.notice.value = { kind: 'failed', message };
    for (const { reject } of this.waiting.values()) reject(new Error(message));
    this.waiting.clear();
  }

  private hear({ run, report }: Told): void {
    // The run before may have had a step to end.
    if (report.kind === 'view') this.send({ kind: 'seen' });
    if (report.kind === 'answer') this.settle(report);
    else if (run === this.number.peek()) this.follow(report);
  }

  private settle({ id, answer, error }: Extract<Report, { kind: 'answer' }>): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (error === undefined) waiting?.resolve(answer as never);
    else waiting?.reject(new Error(error));
  }

  private follow(report: Exclude<Report, { kind: 'answer' }>): void {
    switch (report.kind) {
      case 'device':
        this.device.value = report.device;
        break;
      case 'running':
        this.state.value = 'running';
        break;
      case 'made':
      case 'paused':
        if (report.kind === 'made' || this.state.peek() !== 'making') this.state.value = 'paused';
        break;
      case 'progress': {
        const { step, epochs, rate, losses, evaluations } = report.progress;
        [this.step.value, this.epochs.value, this.rate.value] = [step, epochs, rate];
        this.addLosses(losses);
        this.addEvaluations(evaluations);
        break;
      }
      case 'view':
        this.view.value = report.view as View;
        break;
      case 'notice':
        this.notice.value = report.notice;
        if (report.notice.kind === 'diverged' || report.notice.kind === 'failed') {
          this.isGoing = false;
          this.state.value = 'paused'; // also where it could not be made
        }
    }
  }

  /** After a lost device, and of a run that was loaded, what comes later is told again. */
  private addEvaluations(evaluations: readonly Evaluation[]): void {
    const [first] = evaluations;
    if (!first) return;
    const kept = this.evaluations.peek().filter(({ step }) => step < first.step);
    this.evaluations.value = thin([...kept, ...evaluations]);
  }

  private addLosses(pairs: readonly number[]): void {
    if (pairs.length === 0) return;
    const { steps, values } = this.losses.peek();
    const [first = 0] = pairs;
    // After a lost device steps are told again.
    const kept = steps.findLastIndex((step) => step < first) + 1;
    const next = { steps: steps.slice(0, kept), values: values.slice(0, kept) };
    for (let k = 0; k < pairs.length; k += 2) {
      next.steps.push(pairs[k] ?? 0);
      next.values.push(pairs[k + 1] ?? NaN);
    }
    this.losses.value = { steps: thin(next.steps), values: thin(next.values) };
  }
}
