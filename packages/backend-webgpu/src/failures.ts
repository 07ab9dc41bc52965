// Failed checks on data. A kernel notes them in the status, a buffer of the device; launches behind see it and store nothing, until a read
// or `finish` finds it, rejects, and clears it.

import { KernelCheckError, type Launch } from '@rushlight/core/kernel';
import type { Block } from './gpu-buffer.ts';
import { statusRecords } from './wgsl/shader.ts';

export const statusBytes = (4 + 4 * statusRecords) * 4;

/** So many launches with checks are a reason to look what became of them. */
const many = 256;
/** So many are remembered: of others a failure is told, but not by their operation. */
const most = 2 ** 14;

/** The launches that may have failed, by their serials. */
export class Failures {
  readonly status: Block;
  private readonly launches = new Map<number, Launch>();
  /** How often a failure was told. */
  told = 0;
  private last: Error | undefined;

  constructor(status: Block) {
    this.status = status;
  }

  /** Whether there is a launch whose checks have an unknown outcome. */
  get isOpen(): boolean {
    return this.launches.size > 0;
  }

  /** Whether there are so many that somebody should ask. */
  get areMany(): boolean {
    return this.launches.size >= many;
  }

  add(serial: number, launch: Launch): void {
    this.launches.set(serial, launch);
    if (this.launches.size <= most) return;
    const [oldest = serial] = this.launches.keys();
    this.launches.delete(oldest);
  }

  /**
   * What a copy of the status says, made when `upTo` was the last launch and failures had been told so often: the error, or undefined and
   * those launches are fine.
   */
  find(words: Uint32Array, upTo: number, told: number): Error | undefined {
    const [serial = 0, , count = 0] = words;
    if (serial !== 0 && told !== this.told) return this.last; // found by several who asked before it was told
    if (serial === 0) {
      for (const known of this.launches.keys()) if (known <= upTo) this.launches.delete(known);
      return undefined;
    }
    const launch = this.launches.get(serial);
    const records = Array.from({ length: Math.min(count, statusRecords) }, (_, k) =>
      words.subarray(4 + 4 * k, 8 + 4 * k),
    );
    const [check = 0, bits = 0, position = 0] = records.reduce((a, b) => ((b[3] ?? 0) < (a[3] ?? 0) ? b : a));
    if (!launch) return new Error(`webgpu: a check on data failed (check ${check}, position ${position}).`);
    return new KernelCheckError(launch, { check, position, value: valueOf(launch, check, bits) });
  }

  /** The failure is being told, and the status cleared: forgets all launches. */
  clear(error: Error): void {
    this.launches.clear();
    this.last = error;
    this.told++;
  }
}

/** The value that a check noted, of which the program tells the type. */
function valueOf({ program }: Launch, check: number, bits: number): number {
  const dtype = program.kind === 'loop' ? program.checks[check]?.value.dtype : 'int32';
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, bits);
  if (dtype === 'float32' || dtype === 'float16') return view.getFloat32(0);
  return dtype === 'int32' ? view.getInt32(0) : bits;
}
