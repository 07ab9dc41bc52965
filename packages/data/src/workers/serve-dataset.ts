import { devices, Generator, manualSeed, ValueError } from '@rushlight/core';
import { checkIndex } from '../check-options.ts';
import type { Dataset } from '../dataset.ts';
import { defaultCollate, steadyCollate, type Collate, type NumberDType } from '../default-collate.ts';
import { fetchBatch, fetchSamples } from '../fetch-batch.ts';
import { IterableDataset, samplesOf } from '../iterable-dataset.ts';
import { cannotGo, pack } from './carry.ts';
import { packError } from './carry-error.ts';
import { isMessage, type Outcome, type Reply, type Request } from './messages.ts';
import { parentPort, type ParentPort } from './parent-port.ts';
import { setWorkerInfo } from './worker-info.ts';

/** Options of `serveDataset`. */
export interface ServeDatasetOptions<Sample> {
  /** Makes a batch of samples, in place of the loader's way: a function cannot be sent to a worker. Default `defaultCollate`. */
  readonly collateFn?: (samples: Sample[]) => unknown;
  /** Called once, with the worker's id, when it is seeded and before it fetches anything. What it throws, the first batch does. */
  readonly workerInitFn?: (id: number) => void | Promise<void>;
}

type Begin = Extract<Request, { rushlightData: 'begin' }>;
type Fetch = Extract<Request, { rushlightData: 'fetch' }>;

/**
 * Makes the worker that it is called in fetch for a DataLoader of another thread: in the module that the loader's `worker` starts,
 * once, with the data set that the loader has as well. Samples that are tensors, and batches, need a backend in the worker too;
 * `cpu()` is enough, since elements go to the loader's device in any case. Gradients do not go along. Rejects with a ValueError where
 * this is no worker, or serves a data set already.
 * https://pytorch.org/docs/1.13/data.html#multi-process-data-loading
 *
 * @example
 * // photos.worker.ts
 * await useBackend(cpu());
 * await serveDataset(new Photos());
 *
 * // main.ts
 * const loader = new DataLoader(new Photos(), {
 *   batchSize: 32,
 *   shuffle: true,
 *   numWorkers: 2,
 *   worker: () => new Worker(new URL('./photos.worker.ts', import.meta.url), { type: 'module' }),
 * });
 */
export async function serveDataset<Sample>(
  dataset: Dataset<Sample> | IterableDataset<Sample>,
  { collateFn, workerInitFn }: ServeDatasetOptions<Sample> = {},
): Promise<void> {
  const port = await parentPort();
  if (isServing) throw new ValueError('serveDataset', 'this worker serves a data set already. Call it once.');
  isServing = true;
  const served = new ServedDataset(port, dataset, collateFn, workerInitFn);
  port.listen((message) => {
    if (isMessage<Request>(message)) served.hear(message);
  });
  const isIterable = dataset instanceof IterableDataset;
  post(port, { rushlightData: 'ready', isIterable, collates: collateFn !== undefined });
}

let isServing = false;

/** One request after the other. */
class ServedDataset<Sample> {
  readonly #port: ParentPort;
  readonly #dataset: Dataset<Sample> | IterableDataset<Sample>;
  readonly #collateFn: ServeDatasetOptions<Sample>['collateFn'];
  readonly #workerInitFn: ServeDatasetOptions<Sample>['workerInitFn'];
  /** What is under way and what waits for it. */
  #queue: Promise<void> = Promise.resolve();
  /** Of the last request that came in: what waits of others is not wanted any more. */
  #newest = 0;
  #begun: Begin | undefined;
  #isInitialised = false;
  readonly #found = new Map<string, NumberDType>();
  #stream: AsyncGenerator<Sample, void, undefined> | undefined;

  constructor(
    port: ParentPort,
    dataset: Dataset<Sample> | IterableDataset<Sample>,
    collateFn: ServeDatasetOptions<Sample>['collateFn'],
    workerInitFn: ServeDatasetOptions<Sample>['workerInitFn'],
  ) {
    this.#port = port;
    this.#dataset = dataset;
    this.#collateFn = collateFn;
    this.#workerInitFn = workerInitFn;
  }

  hear(request: Request): void {
    this.#newest = request.epoch;
    this.#queue = this.#queue.then(() => this.#answer(request));
  }

  async #answer(request: Request): Promise<void> {
    switch (request.rushlightData) {
      case 'begin':
        return this.#begin(request);
      case 'fetch': {
        const { epoch, task } = request;
        if (epoch !== this.#newest) return;
        const moved: ArrayBufferLike[] = [];
        const outcome = await this.#outcome(request, moved);
        const done = (what: Outcome): Reply => ({ rushlightData: 'done', epoch, task, outcome: what });
        try {
          post(this.#port, done(outcome), moved);
        } catch (error) {
          post(this.#port, done({ kind: 'failed', error: packError(cannotGo('something', error)) }));
        }
        return;
      }
      case 'rest':
        return this.#rest();
      case 'leave':
        await this.#rest();
        post(this.#port, { rushlightData: 'left' });
    }
  }

  async #begin(begin: Begin): Promise<void> {
    await this.#rest();
    this.#begun = begin;
    this.#found.clear();
    const { id, numWorkers, baseSeed } = begin;
    const seed = baseSeed + BigInt(id);
    manualSeed(seed);
    setWorkerInfo({ id, numWorkers, seed, dataset: this.#dataset });
  }

  /** Ends the iteration over the data set, if there is one. */
  async #rest(): Promise<void> {
    const stream = this.#stream;
    this.#stream = undefined;
    try {
      await stream?.return();
    } catch {
      // Nobody waits for its samples any more.
    }
  }

  async #outcome(request: Fetch, moved: ArrayBufferLike[]): Promise<Outcome> {
    try {
      const begun = this.#begun;
      if (!begun) return { kind: 'ended' };
      if (!this.#isInitialised) {
        await this.#workerInitFn?.(begun.id);
        this.#isInitialised = true;
      }
      for (const device of devices()) await device.relieve();
      for (const [place, dtype] of Object.entries(request.found)) this.#found.set(place, dtype);
      const batch = await this.#batch(request, begun);
      if (batch === 'passed' || batch === 'ended') return { kind: batch };
      return { kind: 'batch', batch: await pack(batch.batch, moved), found: Object.fromEntries(this.#found) };
    } catch (error) {
      return { kind: 'failed', error: packError(error) };
    }
  }

  async #batch(request: Fetch, begun: Begin): Promise<{ readonly batch: unknown } | 'passed' | 'ended'> {
    const { indices, skip, batch } = request;
    const { baseSeed, numbers } = begun;
    const dataset = this.#dataset;
    const collate: Collate = numbers
      ? (samples, place) => defaultCollate(samples, { ...place, numbers })
      : steadyCollate(this.#found);
    if (dataset instanceof IterableDataset) {
      const samples = await this.#samples(dataset, begun);
      if (!samples) return 'ended';
      return skip ? 'passed' : { batch: await (this.#collateFn ? this.#collateFn(samples) : collate(samples)) };
    }
    const chosen = indices ?? [];
    for (const index of chosen) checkIndex('serveDataset', index, dataset.length);
    const generator = new Generator().manualSeed(baseSeed + BigInt(batch));
    if (!this.#collateFn) return { batch: await fetchBatch(dataset, chosen, generator, collate) };
    return { batch: await this.#collateFn(await fetchSamples(dataset, chosen, generator)) };
  }

  /** The samples of the next batch; none where there is no more. */
  async #samples(
    dataset: IterableDataset<Sample>,
    { baseSeed, id, batchSize, dropLast }: Begin,
  ): Promise<Sample[] | undefined> {
    this.#stream ??= samplesOf(dataset, new Generator().manualSeed(baseSeed + BigInt(id)));
    const samples: Sample[] = [];
    while (samples.length < batchSize) {
      const { done, value } = await this.#stream.next();
      if (done) break;
      samples.push(value);
    }
    return samples.length === 0 || (dropLast && samples.length < batchSize) ? undefined : samples;
  }
}

function post(port: ParentPort, reply: Reply, moved: ArrayBufferLike[] = []): void {
  port.post(reply, moved);
}
