// The loops over the units of a launch: a nest that begins in the middle, at unit `from`, and ends after `to - from` units.

import { i32, type I32, type Local } from './assembler/index.ts';
import type { KernelFunctionBuilder } from './machine.ts';
import type { Scope } from './scope.ts';

export interface UnitDim {
  readonly dim: number;
  readonly size: Local<'i32'>;
}

/** Writes the loops over `dims`, the last one innermost, around `body`. No size is 0. */
export function eachUnit(
  fn: KernelFunctionBuilder,
  root: Scope,
  dims: readonly UnitDim[],
  body: (scope: Scope, counters: readonly I32[]) => void,
): void {
  const left = fn.name(i32.sub(fn.to, fn.from));
  fn.if(i32.leS(left, i32.const(0)), () => fn.return());
  const counters = dims.map(() => fn.local('i32'));
  const rest = fn.name(fn.from);
  for (let k = dims.length - 1; k >= 0; k--) {
    const [counter, size] = [counters[k], dims[k]?.size];
    if (!counter || !size) continue;
    fn.set(counter, k === 0 ? rest : i32.remU(rest, size));
    if (k > 0) fn.set(rest, i32.divU(rest, size));
  }
  const nest = (scope: Scope, k: number): void => {
    const [counter, unit] = [counters[k], dims[k]];
    if (!counter || !unit) {
      body(scope, counters);
      fn.set(left, i32.sub(left, i32.const(1)));
      fn.if(i32.eqz(left), () => fn.return());
      return;
    }
    fn.loop((again) => {
      nest(scope.enter(unit.dim, counter), k + 1);
      fn.add(counter, 1);
      fn.branch(again, i32.ltS(counter, unit.size));
    });
    fn.set(counter, i32.const(0));
  };
  nest(root, 0);
}
