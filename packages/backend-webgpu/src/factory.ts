// What users hand to `useBackend`. No type of WebGPU's stands here, so that nobody needs them to compile.

import type { BackendFactory } from '@rushlight/core/kernel';
import { findAdapter } from './adapter.ts';
import { NoAdapterError } from './no-adapter-error.ts';
import { openWebGpu } from './webgpu.ts';

export interface WebGpuOptions {
  /** Which GPU of several: the faster one, the default, or the one that saves the battery. */
  readonly powerPreference?: 'high-performance' | 'low-power';
  /** Bytes that buffers may take before tensors are moved to the host: by default 2 GiB, less where the device has little memory. */
  readonly budget?: number;
  /** `false`: no adapter that is a program on the CPU, where WebAssembly is faster. Default true. */
  readonly software?: boolean;
}

/**
 * The WebGPU backend: kernels are WGSL, compiled by the driver. In a page or worker it takes `navigator.gpu`, in Node the optional package
 * `webgpu`. Opening it rejects with NoAdapterError, which says why there is no GPU to be had, and RangeError for a budget that is not positive.
 *
 * @example
 * await useBackend(webgpu());
 */
export function webgpu(options: WebGpuOptions = {}): BackendFactory {
  return { name: 'webgpu', create: () => openWebGpu(options) };
}

/**
 * Why the backend does not open here with these options, as its NoAdapterError says it; undefined where there is an adapter.
 *
 * @example
 * const why = await whyNoAdapter({ software: false });
 * await useBackend(why === undefined ? webgpu() : wasm());
 */
export async function whyNoAdapter(options: Omit<WebGpuOptions, 'budget'> = {}): Promise<string | undefined> {
  try {
    await findAdapter(options);
    return undefined;
  } catch (error) {
    if (error instanceof NoAdapterError) return error.message;
    throw error;
  }
}
