// Operands that are read may share a buffer. It is bound once for each, and once for all only where there are too many.

import type { DType } from '@rushlight/core/kernel';
import type { GpuBuffer } from '../gpu-buffer.ts';
import type { Machine } from '../machine.ts';
import type { Binding, Shader } from '../wgsl/shader.ts';

/** Per operand that is read the first one in whose binding it is. */
export type Sharing = readonly number[];

/** How the buffers that a kernel reads are bound, beside `others` that it binds too. */
export function sharingOf(buffers: readonly GpuBuffer[], others: number, { features }: Machine): Sharing {
  const isEnough = buffers.length + others < features.storageBuffers; // the status is one more
  return buffers.map((buffer, k) => (isEnough ? k : buffers.indexOf(buffer)));
}

/** Declares a binding for each operand that is the first of its buffer. */
export function bindShared<S>(shader: Shader<S>, dtypes: readonly DType[], sharing: Sharing): Binding[] {
  const bindings: Binding[] = [];
  dtypes.forEach((dtype, k) => {
    const first = sharing[k] ?? k;
    bindings.push((first < k ? bindings[first] : undefined) ?? shader.buffer(dtype, 'read'));
  });
  return bindings;
}

/** The buffers that are then bound. */
export const sharedBuffers = (buffers: readonly GpuBuffer[], sharing: Sharing): GpuBuffer[] =>
  buffers.filter((_, k) => sharing[k] === k);
