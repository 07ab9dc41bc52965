// The loops of kernels that move elements about: runs along one dim, the inner one, in loops over the others. Dims along which
// no two elements meet are the units' own, any thread may take any part of them; the rest is walked by each unit in order.

import type { Launch, Program } from '@rushlight/core/kernel';
import { i32, type I32, type Local } from './assembler/index.ts';
import type { LaunchParams } from './launch-params.ts';
import type { KernelFunctionBuilder, Machine } from './machine.ts';
import type { Scope } from './scope.ts';
import { eachUnit, type UnitDim } from './units.ts';

export interface RunPlan {
  /** −1 for a launch without dims. */
  readonly inner: number;
  /** By dim. */
  readonly own: readonly boolean[];
}

/** Elements that a thread takes at least: lines of the cache are not shared. */
const shortest = 64;

/** Units apart from those that runs are cut into. */
function outerUnits(sizes: readonly number[], { inner, own }: RunPlan): number {
  return sizes.reduce((units, size, d) => (own[d] && d !== inner ? units * size : units), 1);
}

/** Elements of a part of a run: all of them, where threads have enough to do. */
function partOf({ sizes }: Launch, plan: RunPlan, { width }: Machine): number {
  const size = sizes[plan.inner] ?? 1;
  const parts = Math.ceil((4 * width) / outerUnits(sizes, plan));
  if (width === 1 || parts === 1 || !plan.own[plan.inner]) return size;
  return Math.min(size, Math.max(shortest, Math.ceil(size / parts / shortest) * shortest));
}

const partsOf = (launch: Launch, plan: RunPlan, machine: Machine): number =>
  Math.ceil((launch.sizes[plan.inner] ?? 1) / partOf(launch, plan, machine));

/** The units of a launch whose sizes are not 0. */
export const unitsOf = (launch: Launch, plan: RunPlan, machine: Machine): number =>
  outerUnits(launch.sizes, plan) * partsOf(launch, plan, machine);

/** The size of a dim. */
export const sizeParam = (params: Pick<LaunchParams<Program>, 'i32'>, dim: number): Local<'i32'> =>
  params.i32(`size ${dim}`, ({ sizes }) => sizes[dim] ?? 1);

/** Writes the loops; `body` is handed where a run begins, in a local of its own, and where it ends. */
export function eachRun(
  fn: KernelFunctionBuilder,
  params: Pick<LaunchParams<Program>, 'i32'>,
  root: Scope,
  plan: RunPlan,
  machine: Machine,
  body: (scope: Scope, from: Local<'i32'>, to: I32) => void,
): void {
  const { inner, own } = plan;
  const dims = own.flatMap((isOwn, dim) => (dim === inner ? [] : [{ dim, isOwn, size: sizeParam(params, dim) }]));
  const units: UnitDim[] = dims.filter(({ isOwn }) => isOwn);
  const isCut = own[inner] ?? false;
  // The counter of parts stands for no dim: it only says where a run begins.
  if (isCut) units.push({ dim: -1, size: params.i32('parts', (launch) => partsOf(launch, plan, machine)) });
  eachUnit(fn, root, units, (scope, counters) => {
    const start = fn.local('i32');
    const end = fn.name(sizeParam(params, inner));
    if (isCut) {
      const part = params.i32('part', (launch) => partOf(launch, plan, machine));
      fn.set(start, i32.mul(counters.at(-1) ?? i32.const(0), part));
      const next = fn.name(i32.add(start, part));
      fn.set(end, i32.select(i32.ltS(next, end), next, end));
    }
    const nest = (at: Scope, k: number): void => {
      const outer = serial[k];
      if (outer) fn.for(outer.size, (counter) => nest(at.enter(outer.dim, counter), k + 1));
      else body(at, fn.name(start), end);
    };
    const serial = dims.filter(({ isOwn }) => !isOwn);
    nest(scope, 0);
  });
}
