// What a backend may lack: a launch that it does not support becomes launches that every backend has.

import type { Dispatch } from './dispatch.ts';
import type { Program } from './kernel/index.ts';
import { lowerConv } from './ops/lower-conv.ts';

const lowerings: Partial<Record<Program['kind'], (request: Dispatch) => Dispatch[]>> = {
  conv: lowerConv,
};

/** The launches that stand for one whose program the backend does not support; undefined where it does. */
export function lower(request: Dispatch): Dispatch[] | undefined {
  const { device, program } = request;
  const lowering = lowerings[program.kind];
  return lowering && device.backend.supports?.(program) === false ? lowering(request) : undefined;
}
