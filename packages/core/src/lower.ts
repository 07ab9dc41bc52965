// What a backend may lack: a launch that it does not support becomes launches that every backend has.

import type { Dispatch } from './dispatch.ts';
import type { Program } from './kernel/index.ts';
import { lowerConv } from './ops/lower-conv.ts';
import { lowerScan } from './ops/lower-scan.ts';
import { lowerSort } from './ops/lower-sort.ts';

type Run = (part: Dispatch) => void;

const lowerings: Partial<Record<Program['kind'], (request: Dispatch, run: Run) => void>> = {
  conv: (request, run) => run(lowerConv(request)),
  scan: lowerScan,
  sort: lowerSort,
};

/** Runs the launches that stand for one whose program the backend does not support; false, and nothing ran, where it does. */
export function lower(request: Dispatch, run: Run): boolean {
  const { device, program } = request;
  const lowering = lowerings[program.kind];
  if (!lowering || device.backend.supports?.(program) !== false) return false;
  lowering(request, run);
  return true;
}
