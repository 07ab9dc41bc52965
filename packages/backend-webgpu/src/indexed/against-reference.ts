// For tests: launches on the device of this machine, by the schedules that are chosen there and by those of a GPU, and by `reference()`.

import type { DrawnLaunch } from '@rushlight/backend-testkit/tools';
import { fromFloat16Bits, KernelCheckError, type Backend, type Operand } from '@rushlight/core/kernel';
import { reference } from '@rushlight/core/testing';
import { findAdapter } from '../adapter.ts';
import type { WebGpuOptions } from '../factory.ts';
import type { Features } from '../features.ts';
import type { GpuBuffer } from '../gpu-buffer.ts';
import { subgroupLanes } from '../subgroups.ts';
import type { Kernel } from '../wgsl/shader.ts';
import { openWebGpu, type WebGpuBackend } from '../webgpu.ts';

export interface SharedLaunch extends DrawnLaunch {
  /** Operand k lives in the buffer of operand sharing[k]; by default in its own. */
  readonly sharing?: readonly number[];
}

/** What the buffers hold afterwards, or which check failed. */
export type Outcome = readonly (readonly number[])[] | { readonly check: number; readonly value: number; readonly position: number }; // prettier-ignore

export async function outcomeOf(
  backend: Backend,
  { operands: drawn, sharing, ...launch }: SharedLaunch,
): Promise<Outcome> {
  const buffers = drawn.map(({ type, data }) => {
    const buffer = backend.allocate(type.dtype, data.length);
    backend.write(buffer, data);
    return buffer;
  });
  const operands = drawn.map(({ type: _type, data: _data, ...view }, k): Operand => {
    const buffer = buffers[sharing?.[k] ?? k];
    if (!buffer) throw new RangeError(`operand ${k} has no buffer`);
    return { ...view, buffer };
  });
  try {
    backend.run({ ...launch, operands });
    const read = await Promise.all(buffers.map((buffer) => backend.read(buffer, 0, buffer.length)));
    return read.map((data, k) => Array.from(data, drawn[k]?.type.dtype === 'float16' ? fromFloat16Bits : Number));
  } catch (error) {
    if (!(error instanceof KernelCheckError)) throw error;
    const { check, value, position } = error;
    return { check, value, position };
  } finally {
    for (const buffer of buffers) backend.free(buffer);
  }
}

type Rest<S> = [subject: S, buffers: readonly GpuBuffer[], workgroups: number, work?: number];

/** Opens a device that says of itself what `features` say. */
export async function openAs(features: Partial<Features>, options: WebGpuOptions = {}): Promise<WebGpuBackend> {
  const device = await openWebGpu(options);
  const told = { ...device.machine.features, ...features };
  Object.assign(device.machine, { features: told });
  Object.assign(device, { limits: { ...device.limits, buffers: told.storageBuffers - 1 } });
  return device;
}

/** How many neighbouring threads its subgroups have, which it leaves alone by itself where it is a program on the CPU. */
export async function lanesOf({ queue }: WebGpuBackend): Promise<number> {
  const { info } = await findAdapter({});
  return subgroupLanes(queue.device, info);
}

export class Bench {
  readonly device: WebGpuBackend;
  private readonly definition: Backend;

  private constructor(device: WebGpuBackend, definition: Backend) {
    this.device = device;
    this.definition = definition;
  }

  /** With a device that says of itself what `features` say. */
  static async open(features: Partial<Features> = {}): Promise<Bench> {
    return new Bench(await openAs(features), await reference().create());
  }

  /** What comes out differently than defined: nothing where all is well. A NaN is a NaN, a −0 no 0. */
  async differences(drawn: SharedLaunch): Promise<string[]> {
    const [actual, expected] = [await outcomeOf(this.device, drawn), await outcomeOf(this.definition, drawn)];
    if (!Array.isArray(actual) || !Array.isArray(expected))
      return JSON.stringify(actual) === JSON.stringify(expected) ? [] : [`${JSON.stringify(actual)} is not ${JSON.stringify(expected)}`.slice(0, 400)]; // prettier-ignore
    return (expected as number[][]).flatMap((data, k) => {
      const found = (actual as number[][])[k] ?? [];
      const at = data.findIndex((value, n) => !Object.is(value, found[n]));
      return at < 0 ? [] : [`element ${at} of operand ${k} is ${found[at]}, not ${data[at]}`];
    });
  }

  /** The texts of the kernels that are dispatched meanwhile. */
  async kernels(run: () => Promise<unknown>): Promise<Set<string>> {
    const { machine } = this.device;
    const seen = new Set<string>();
    const dispatch = machine.dispatch.bind(machine);
    machine.dispatch = <S>(kernel: Kernel<S>, ...rest: Rest<S>) => {
      seen.add(kernel.code);
      dispatch(kernel, ...rest);
    };
    try {
      await run();
    } finally {
      machine.dispatch = dispatch;
    }
    return seen;
  }

  close(): void {
    this.device.dispose();
    this.definition.dispose();
  }
}
