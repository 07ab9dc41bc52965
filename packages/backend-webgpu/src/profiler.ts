// When each kernel ran, by the clock of the GPU: while it is asked for, every dispatch is a pass of its own, and the device notes when it
// begins and ends. A query set holds few times, so a submission may need several.

import type { KernelTime, KernelTimes, Launch } from '@rushlight/core/kernel';

/** Times in a query set, at most. */
const setLength = 4096;
const usage = { mapRead: 1, copySource: 4, copyTarget: 8, queryResolve: 512 } as const;

/** A dispatch to be timed. */
export interface TimedDispatch {
  readonly profiler: Profiler;
  readonly launch: Launch | undefined;
}

interface Pass {
  readonly label: string;
  readonly launch: Launch | undefined;
}

/** The timed passes of one submission: times are asked for in their order. */
class TimedSubmission {
  private readonly device: GPUDevice;
  private readonly sets: GPUQuerySet[] = [];
  private readonly passes: Pass[] = [];
  private resolved: GPUBuffer | undefined;
  private staging: GPUBuffer | undefined;

  constructor(device: GPUDevice) {
    this.device = device;
  }

  /** What the next pass is to be begun with. */
  next(label: string, launch: Launch | undefined): GPUComputePassTimestampWrites {
    const at = (2 * this.passes.length) % setLength;
    if (at === 0) this.sets.push(this.device.createQuerySet({ label: 'times', type: 'timestamp', count: setLength }));
    this.passes.push({ label, launch });
    return { querySet: this.sets.at(-1) as GPUQuerySet, beginningOfPassWriteIndex: at, endOfPassWriteIndex: at + 1 };
  }

  /** Queues that the times are brought to where they can be read. */
  resolve(encoder: GPUCommandEncoder): void {
    const count = 2 * this.passes.length;
    const size = 8 * count;
    this.resolved = this.device.createBuffer({ label: 'times', size, usage: usage.queryResolve | usage.copySource });
    this.staging = this.device.createBuffer({ label: 'times', size, usage: usage.mapRead | usage.copyTarget });
    for (const [k, set] of this.sets.entries()) {
      const first = k * setLength;
      encoder.resolveQuerySet(set, 0, Math.min(count - first, setLength), this.resolved, 8 * first);
    }
    encoder.copyBufferToBuffer(this.resolved, 0, this.staging, 0, size);
  }

  /** The times, once the submission is done: nanoseconds, two for each pass. */
  async read(): Promise<{ readonly passes: readonly Pass[]; readonly times: BigUint64Array }> {
    const { staging, passes } = this;
    if (!staging) return { passes: [], times: new BigUint64Array() };
    await staging.mapAsync(usage.mapRead);
    const times = new BigUint64Array(staging.getMappedRange().slice(0));
    for (const spent of [staging, this.resolved, ...this.sets]) spent?.destroy();
    return { passes, times };
  }
}

/** From when a profile begins until its times are read. */
export class Profiler {
  private readonly device: GPUDevice;
  /** Undefined where the device has no clock. */
  private readonly submissions: Promise<Awaited<ReturnType<TimedSubmission['read']>>>[] | undefined;
  /** The launch at hand: what is dispatched is of it. */
  launch: Launch | undefined;
  private open: TimedSubmission | undefined;

  constructor(device: GPUDevice) {
    this.device = device;
    this.submissions = device.features.has('timestamp-query') ? [] : undefined;
  }

  /** What a dispatch carries that is made now. */
  timed(): TimedDispatch | undefined {
    return this.submissions ? { profiler: this, launch: this.launch } : undefined;
  }

  /** What the pass of a dispatch is to be begun with, in the submission that is being encoded. */
  pass(label: string, launch: Launch | undefined): GPUComputePassTimestampWrites {
    return (this.open ??= new TimedSubmission(this.device)).next(label, launch);
  }

  /** Of a submission that has passes of its own: encodes the end of their times. */
  close(encoder: GPUCommandEncoder): void {
    this.open?.resolve(encoder);
  }

  /** Reads the times of what was just submitted. */
  submitted(): void {
    if (!this.open) return;
    const reading = this.open.read();
    reading.catch(() => {}); // told where it is awaited
    this.submissions?.push(reading);
    this.open = undefined;
  }

  /** All times. To be called when everything queued is submitted. */
  async times(): Promise<KernelTimes> {
    if (!this.submissions) {
      return {
        kernels: undefined,
        note: 'this adapter has no clock (timestamp-query): times are those of queueing the kernels',
      };
    }
    const kernels: KernelTime[] = [];
    let first: bigint | undefined;
    let step = 0n;
    for (const { passes, times } of await Promise.all(this.submissions)) {
      for (const [k, { label, launch }] of passes.entries()) {
        const [begin = 0n, end = 0n] = times.subarray(2 * k, 2 * k + 2);
        first ??= begin;
        step = greatestDivisor(greatestDivisor(step, begin - first), end - begin);
        const duration = Math.max(0, Number(end - begin) / 1e6);
        kernels.push({ label, launch, start: Number(begin - first) / 1e6, duration });
      }
    }
    return isCoarse(step, kernels.length) ? { kernels, note: roundedNote(step) } : { kernels };
  }
}

function greatestDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (y > 0n) [x, y] = [y, x % y];
  return x;
}

/** Browsers round times, so that no page can tell what another does. Of few times nothing can be said. */
const isCoarse = (step: bigint, count: number): boolean => step >= 10_000n && count >= 3;

const roundedNote = (step: bigint): string =>
  `times are rounded to ${Number(step) / 1e6} ms, so that single ones say little`;
