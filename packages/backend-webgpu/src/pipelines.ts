// Compiled shaders, one for each text. They compile beside what the program does: a batch waits for them before it is encoded, unless it
// has to be submitted at once.

import type { Kernel } from './wgsl/shader.ts';

/** A kernel on its device. */
export interface Pipeline {
  readonly label: string;
  readonly access: string;
  /** Once it is compiled. */
  compiled: GPUComputePipeline | undefined;
  /** Resolves when it is compiled, also where that fails: then `failure` says why. */
  readonly ready: Promise<void>;
  failure: Error | undefined;
  /** Compiles it now. */
  compileNow(): GPUComputePipeline;
}

/** The words that a dispatch may take, in bytes. */
export const parameterBytes = 2048;

export class Pipelines {
  private readonly device: GPUDevice;
  private readonly known = new Map<string, Pipeline>();
  private readonly layouts = new Map<string, GPUBindGroupLayout>();

  constructor(device: GPUDevice) {
    this.device = device;
  }

  /** The layout of parameters, then storage buffers: one letter for each, r or w. */
  layout(access: string): GPUBindGroupLayout {
    let layout = this.layouts.get(access);
    if (!layout) {
      const entries: GPUBindGroupLayoutEntry[] = [
        { binding: 0, visibility: 4 /* COMPUTE */, buffer: { type: 'uniform', hasDynamicOffset: true } },
        ...Array.from(access, (letter, k): GPUBindGroupLayoutEntry => ({
          binding: k + 1,
          visibility: 4,
          buffer: { type: letter === 'r' ? 'read-only-storage' : 'storage' },
        })),
      ];
      this.layouts.set(access, (layout = this.device.createBindGroupLayout({ entries })));
    }
    return layout;
  }

  /** The pipeline of a kernel, compiled or about to be. Throws RangeError where the device cannot bind as much as it takes. */
  get(kernel: Kernel<never>): Pipeline {
    const known = this.known.get(kernel.code);
    if (known) return known;
    if (kernel.words.length * 4 > parameterBytes) {
      throw new RangeError(
        `webgpu: ${kernel.label} takes ${kernel.words.length} numbers, of which ${parameterBytes / 4} fit. Use fewer operands or dims.`,
      );
    }
    const buffers = kernel.access.length + 1; // the status, too
    const most = this.device.limits.maxStorageBuffersPerShaderStage;
    if (buffers > most) {
      throw new RangeError(
        `webgpu: ${kernel.label} names ${buffers - 1} buffers, of which this adapter binds ${most - 1}. Use fewer operands.`,
      );
    }
    const made = this.make(kernel);
    this.known.set(kernel.code, made);
    return made;
  }

  private make({ label, code, access: own, checks }: Kernel<never>): Pipeline {
    const { device } = this;
    const access = own + (checks ? 'w' : 'r');
    const descriptor: GPUComputePipelineDescriptor = {
      label,
      layout: device.createPipelineLayout({ bindGroupLayouts: [this.layout(access)] }),
      compute: { module: device.createShaderModule({ label, code }), entryPoint: 'main' },
    };
    const ready = device.createComputePipelineAsync(descriptor).then(
      (compiled) => void (pipeline.compiled ??= compiled),
      (cause: unknown) => {
        const message = cause instanceof Error ? cause.message : String(cause);
        pipeline.failure = new Error(`webgpu: ${label} does not compile on this device: ${message}`, { cause });
      },
    );
    const pipeline: Pipeline = {
      label,
      access,
      compiled: undefined,
      ready,
      failure: undefined,
      compileNow: () => (pipeline.compiled ??= device.createComputePipeline(descriptor)),
    };
    return pipeline;
  }
}
