// What gather and scatter share: the part of an address that indices say, their check, and what to report when one fails.

import { addressOf, KernelCheckError, type GatherProgram, type Launch, type Operand, type ScatterProgram } from '@rushlight/core/kernel'; // prettier-ignore
import { i32, type I32 } from './assembler/index.ts';
import type { LaunchParams } from './launch-params.ts';
import { LaunchPlans, runPlanned, type Choice, type Runner } from './launch-plans.ts';
import { threadBlock, type Failure, type KernelFunctionBuilder, type Machine } from './machine.ts';
import { effectiveStride, type OperandAccess } from './operand-access.ts';
import type { Scope } from './scope.ts';
import { addressOfBuffer, elementBytes } from './wasm-buffer.ts';

export type IndexedProgram = GatherProgram | ScatterProgram;

/**
 * Moves `target` by what the indices say at the scope. Each is read and checked where it changes; the kernel ends at one that is
 * out of range.
 */
export function displaceByIndices(
  fn: KernelFunctionBuilder,
  params: Pick<LaunchParams<IndexedProgram>, 'i32'>,
  scope: Scope,
  { wrap }: IndexedProgram,
  indices: readonly OperandAccess[],
  target: OperandAccess,
): void {
  const bytes = elementBytes(target.type.dtype);
  let innermost = 0;
  const offsets = indices.map((index, k): I32 => {
    const { level } = index.place(scope);
    innermost = Math.max(innermost, level);
    const size = params.i32(`indexed ${k} size`, ({ indexed }) => indexed?.[k]?.size ?? 0);
    const stride = params.i32(`indexed ${k} stride`, ({ indexed }) => (indexed?.[k]?.stride ?? 0) * bytes);
    return fn.into(scope.at(level).block, () => {
      const value = fn.name(index.loadRaw(scope) as I32);
      if (wrap) fn.set(value, i32.select(i32.ltS(value, i32.const(0)), i32.add(value, size), value));
      fn.if(i32.geU(value, size), () => {
        fn.do(i32.store(fn.thread, i32.const(1), threadBlock.failed));
        fn.return();
      });
      return fn.name(i32.mul(value, stride));
    });
  });
  const [first, ...rest] = offsets;
  if (first) target.displace(innermost, i32.add(first, ...rest));
}

/** The first index in row-major order that is out of range, in a launch where one is. */
function firstFailure(launch: Launch<IndexedProgram>, words: Int32Array): Failure {
  const { program, sizes, operands, indexed = [] } = launch;
  const at = sizes.map(() => 0);
  for (let position = 0; ; position++) {
    for (const [check, { size }] of indexed.entries()) {
      const index = operands[check + 1] as Operand;
      const address = addressOf(index, at);
      const value = address < 0 ? (index.fill ?? 0) : (words[addressOfBuffer(index.buffer) / 4 + address] ?? 0);
      const wrapped = program.wrap && value < 0 ? value + size : value;
      if (wrapped < 0 || wrapped >= size) return { position, check, value };
    }
    let d = sizes.length - 1;
    for (; d >= 0; d--) {
      const next = (at[d] ?? 0) + 1;
      at[d] = next === sizes[d] ? 0 : next;
      if (at[d] !== 0) break;
    }
    if (d < 0) throw new Error('wasm: an index failed its check and then was in range.');
  }
}

/** A runner that looks up how in plans that `choose` makes. */
export function indexedRunner<P extends IndexedProgram>(
  machine: Machine,
  choose: (launch: Launch<P>) => Choice<P>,
): Runner<P> {
  const plans = new LaunchPlans(choose);
  return (launch) => {
    const plan = plans.get(launch);
    if (!plan) return;
    runPlanned(machine, launch, plan);
    if (machine.takeFailure()) throw new KernelCheckError(launch, firstFailure(launch, machine.heap.views.i32));
  };
}

/** Whether an operand moves along a dim by strides alone, by `stride` elements at a time. */
export const isWalked = (operand: Operand, dim: number, stride: number): boolean =>
  effectiveStride(operand, dim) === stride && !operand.guards?.some(({ coefficients }) => coefficients[dim] !== 0);

/** The dims along which no index moves and there is more than one element. */
export function stillDims({ program, sizes, operands }: Launch<IndexedProgram>): number[] {
  const indices = operands.slice(1, program.inputs.length);
  return sizes.flatMap((size, d) => (size > 1 && indices.every((index) => isWalked(index, d, 0)) ? [d] : []));
}
