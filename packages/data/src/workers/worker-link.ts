// The loader's end of one worker: tasks go out, outcomes come in, and the end of the worker is noticed.

import { isMessage, type Outcome, type Reply, type Request } from './messages.ts';
import { WorkerError } from './worker-error.ts';

/** A Worker of a page. */
export interface PageWorker {
  postMessage(message: unknown): void;
  terminate(): void;
  addEventListener(type: string, listener: (event: unknown) => void): void;
}

/** A Worker of Node's `worker_threads`. */
export interface ThreadWorker {
  postMessage(message: unknown): void;
  terminate(): Promise<number>;
  on(event: string, listener: (value: unknown) => void): unknown;
  ref(): void;
  unref(): void;
}

/** A worker as `new Worker(…)` gives it, in a page or in Node. */
export type DataWorker = PageWorker | ThreadWorker;

/** What a worker says of the data set that it serves. */
export type Ready = Extract<Reply, { rushlightData: 'ready' }>;

interface Waiting {
  resolve(outcome: Outcome): void;
  reject(error: Error): void;
}

/** How long a worker may take to leave by itself, in milliseconds. */
const patience = 5000;

export class WorkerLink {
  readonly id: number;
  /** What it says when it serves; rejects if it ends before. */
  readonly ready: Promise<Ready>;
  readonly #worker: DataWorker;
  #settleReady: { resolve(ready: Ready): void; reject(error: Error): void } | undefined;
  /** What is sent when it is ready: before, a page's worker may not hear. */
  #unsent: Request[] | undefined = [];
  readonly #waiting = new Map<number, Waiting>();
  /** Of which requests outcomes are waited for. */
  #epoch = 0;
  #tasks = 0;
  #end: WorkerError | undefined;
  #isLeaving = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(id: number, worker: DataWorker) {
    this.id = id;
    this.#worker = worker;
    this.ready = new Promise((resolve, reject) => {
      this.#settleReady = { resolve, reject };
    });
    this.ready.catch(() => undefined);
    if ('on' in worker) {
      worker.on('message', (message) => this.#hear(message));
      worker.on('messageerror', (error) => this.#ended('sent what cannot be read', error));
      worker.on('error', (error) => this.#ended('failed', error));
      worker.on('exit', (code) => this.#ended(`ended with exit code ${String(code)}`));
      // It does not keep the process alive by itself; that is done while somebody waits for it.
      worker.unref();
      return;
    }
    worker.addEventListener('message', (event) => this.#hear((event as { readonly data: unknown }).data));
    worker.addEventListener('messageerror', () => this.#ended('sent what cannot be read'));
    worker.addEventListener('error', (event) => {
      const { error, message } = event as { readonly error?: unknown; readonly message?: string };
      this.#ended('failed', error ?? message);
    });
  }

  /** Whether it can be asked. */
  get isAlive(): boolean {
    return this.#end === undefined && !this.#isLeaving;
  }

  /** Begins another epoch; what came before is not waited for any more. */
  begin(request: Extract<Request, { rushlightData: 'begin' }>): void {
    this.#epoch = request.epoch;
    this.#waiting.clear();
    this.#send(request);
  }

  /** Asks for a batch. Rejects if the worker ends. */
  fetch(
    request: Omit<Extract<Request, { rushlightData: 'fetch' }>, 'rushlightData' | 'epoch' | 'task'>,
  ): Promise<Outcome> {
    const task = this.#tasks++;
    const outcome = new Promise<Outcome>((resolve, reject) => {
      if (this.#end) reject(this.#end);
      else this.#waiting.set(task, { resolve, reject });
    });
    // It is awaited in its turn; until then a failure is nobody's.
    outcome.catch(() => undefined);
    if (!this.#end) this.#send({ ...request, rushlightData: 'fetch', epoch: this.#epoch, task });
    return outcome;
  }

  /** Lets go of what it fetches, until another epoch begins. */
  rest(): void {
    this.#epoch++;
    this.#waiting.clear();
    this.#send({ rushlightData: 'rest', epoch: this.#epoch });
  }

  /** Asks it to end, and ends it if it does not. */
  leave(): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    this.#waiting.clear();
    // It has not begun; or it has failed, after which a page's worker is still there.
    if (this.#unsent || this.#end) return this.terminate();
    this.#send({ rushlightData: 'leave', epoch: this.#epoch + 1 });
    this.#timer = setTimeout(() => this.terminate(), patience);
    // A number in a page.
    if (typeof this.#timer === 'object') this.#timer.unref();
  }

  /** Ends it at once. */
  terminate(): void {
    this.#isLeaving = true;
    clearTimeout(this.#timer);
    void this.#worker.terminate();
  }

  /** Keeps the process alive for it, or does so no more. */
  hold(isHeld: boolean): void {
    if (!('ref' in this.#worker) || !this.isAlive) return;
    if (isHeld) this.#worker.ref();
    else this.#worker.unref();
  }

  #send(request: Request): void {
    if (this.#unsent) this.#unsent.push(request);
    else this.#worker.postMessage(request);
  }

  #hear(message: unknown): void {
    if (!isMessage<Reply>(message)) return;
    switch (message.rushlightData) {
      case 'ready': {
        const unsent = this.#unsent ?? [];
        this.#unsent = undefined;
        for (const request of unsent) this.#worker.postMessage(request);
        this.#settleReady?.resolve(message);
        return;
      }
      case 'done': {
        if (message.epoch !== this.#epoch) return;
        const waiting = this.#waiting.get(message.task);
        this.#waiting.delete(message.task);
        waiting?.resolve(message.outcome);
        return;
      }
      case 'left':
        this.terminate();
    }
  }

  #ended(how: string, cause?: unknown): void {
    clearTimeout(this.#timer);
    if (this.#end) return;
    const reason = cause === undefined ? '' : `: ${cause instanceof Error ? cause.message : String(cause)}`;
    const before = this.#unsent ? ' before it served a data set' : '';
    const cure = this.#unsent
      ? 'Check that its module can be loaded there and calls serveDataset'
      : 'Look for what ends it, such as an error outside of `get`, process.exit, or too little memory';
    this.#end = new WorkerError(this.id, `${how}${before}${reason}. ${cure}.`, cause);
    this.#settleReady?.reject(this.#end);
    for (const { reject } of this.#waiting.values()) reject(this.#end);
    this.#waiting.clear();
  }
}
