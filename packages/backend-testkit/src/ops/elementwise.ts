// The element-wise table: every line of it is tested from what core knows about it. A new line needs nothing here, unless
// it is smooth on a part of the numbers only.

import { where, type DType, type Tensor } from '@rushlight/core';
import { isFloat } from '@rushlight/core/kernel';
import { opTable, type TableOp } from '@rushlight/core/testing';
import { domains, floatVariants, variants } from './domains.ts';
import { mask, numbers, type Input } from './inputs.ts';
import { all, floats, integers, numeric, type OpCase } from './op-case.ts';

type Domain = Extract<TableOp['domain'], string>;

const byDomain = {
  same: all,
  float: all,
  number: numeric,
  noBool: numeric,
  integer: integers,
  logic: all,
} satisfies Record<Domain, readonly DType[]>;

function dtypesFor(op: TableOp, options: object = {}): readonly DType[] {
  const domain = typeof op.domain === 'string' ? op.domain : op.domain({ ...options });
  return byDomain[domain];
}

/** Operands of given shapes, in the domain of the operation. */
function operands(op: TableOp, shapes: readonly (readonly number[])[]): Input[] {
  return shapes.slice(0, op.arity).map((shape, k): Input => {
    const domain = domains[op.name]?.[k];
    return domain === 'nonzero' ? { shape, nonzero: true } : numbers(shape, domain);
  });
}

/** Every option that is a number by default, given another one; integers stay such. */
function otherOptions(op: TableOp, dtype: DType): object {
  const given = Object.entries(op.defaults).filter(([, value]) => typeof value === 'number');
  return Object.fromEntries(given.map(([name, value]) => [name, isFloat(dtype) ? Number(value) * 0.75 + 0.375 : Number(value) + 1])); // prettier-ignore
}

const hasNumberOptions = (op: TableOp): boolean =>
  Object.values(op.defaults).some((value) => typeof value === 'number');

function casesOf(op: TableOp): OpCase[] {
  const { name, arity } = op;
  const dtypes = dtypesFor(op);
  const plain = (...xs: Tensor[]): Tensor => op.run(xs);
  const of = (shapes: readonly (readonly number[])[], more: Partial<OpCase> = {}): OpCase => ({
    op: name,
    inputs: operands(op, shapes),
    run: plain,
    dtypes,
    ...more,
  });
  const same = (shape: readonly number[]) => [shape, shape, shape];
  const float32 = { dtypes: dtypes.filter((d) => d === 'float32' || (d === 'int32' && !dtypes.includes('float32'))) };
  const cases = [
    of(same([2, 3])),
    of(same([])),
    of(same([0])),
    of(same([2, 0, 3])),
    of(same([1])),
    of(same([1031]), float32),
  ];
  for (const options of variants[name] ?? []) {
    cases.push(of(same([2, 3]), { run: (...xs) => op.run(xs, options), dtypes: dtypesFor(op, options) }));
  }
  for (const options of floatVariants[name] ?? []) cases.push(of(same([2, 3]), { run: (...xs) => op.run(xs, options), dtypes: floats })); // prettier-ignore
  if (hasNumberOptions(op)) cases.push(of(same([2, 3]), { run: (x, ...rest) => op.run([x, ...rest], otherOptions(op, x.dtype)) })); // prettier-ignore
  if (arity > 1) {
    cases.push(of([[2, 1, 2], [3, 1], [1]]), of([[2], [2, 1], [2, 1, 2]]), of([[3], [], [1]]), of([[], [2, 0], [1]])); // prettier-ignore
    // A plain number takes part with the lowest priority; so does a tensor of no dims.
    const [, second, third] = operands(op, same([]));
    const value = (input: Input | undefined): number => (input?.range ? Math.ceil(input.range[0] + 0.25) : 2);
    cases.push(of(same([2, 3]), { inputs: operands(op, [[2, 3]]), run: (x) => op.run([x, value(second), value(third)].slice(0, arity)) })); // prettier-ignore
    const mixed = operands(op, same([2, 3])).map((input, k) =>
      k === 1 ? { range: [1, 5] as const, ...input, dtype: 'int32' as const } : input,
    );
    cases.push(of(same([2, 3]), { inputs: mixed }));
  }
  return [...cases, ...inPlace(op, of)];
}

/** The form with an underscore, on a tensor of its own and on views of one. What it computes must fit the tensor. */
function inPlace(op: TableOp, of: (shapes: readonly (readonly number[])[], more: Partial<OpCase>) => OpCase): OpCase[] {
  const keeps = op.domain === 'same' || op.domain === 'number' || op.domain === 'noBool';
  const dtypes = op.domain === 'integer' ? integers : keeps ? [...floats, 'int32' as const] : floats;
  const on = (x: Tensor, rest: readonly Tensor[]): void => void op.run([x, ...rest], {}, true);
  return [
    of([[2, 3], [3], [2, 1]], { dtypes, run: (x, ...rest) => { const y = x.clone(); on(y, rest); return y; } }),
    of([[3, 2], [3], [1]], { dtypes, run: (x, ...rest) => { const y = x.clone(); on(y.t(), rest); return y; } }),
    of([[2, 4], [2], [1]], { dtypes, run: (x, ...rest) => { const y = x.clone(); on(y.slice(1, 1, 4, 2), rest); return y; } }),
    // The changed tensor is an operand as well, and one that overlaps it: the old numbers count.
    ...(op.arity === 2 ? [
      of([[2, 3]], { dtypes, gradient: false, inputs: operands(op, [[2, 3]]), run: (x) => { const y = x.clone(); on(y, [y]); return y; } }),
      of([[70]], { dtypes, gradient: false, inputs: operands(op, [[70]]), run: (x) => { const y = x.clone(); on(y.slice(0, 1), [y.slice(0, 0, 69)]); return y; } }),
    ] : []),
  ]; // prettier-ignore
}

/** Operations of elements that are not lines of the table: an operand has a dtype of its own, or several are options. */
const others: readonly OpCase[] = [
  { op: 'where', inputs: [mask([2, 3]), numbers([2, 3]), numbers([3])], run: (c, x, y) => where(c, x, y), dtypes: all },
  { op: 'where', inputs: [mask([3]), numbers([2, 1])], run: (c, x) => x.where(c, 2), dtypes: all },
  { op: 'where', inputs: [mask([]), numbers([0])], run: (c, x) => where(c, 1, x), dtypes: all },
  { op: 'clamp', inputs: [numbers([2, 3])], run: (x) => [x.clamp({ min: -1 }), x.clamp({ max: 1 }), x.clamp({ min: -1, max: 2 })], dtypes: numeric },
  { op: 'clamp', inputs: [numbers([2, 3]), numbers([3], [-2, -0.7]), numbers([2, 1], [0.8, 2])], run: (x, min, max) => [x.clamp({ min, max }), x.clamp({ max })], dtypes: numeric },
  { op: 'clamp_', inputs: [numbers([2, 3])], run: (x) => { const y = x.clone(); y.t().clamp_({ min: -1, max: 1 }); return y; }, dtypes: numeric },
]; // prettier-ignore

export const elementwiseCases: readonly OpCase[] = [...opTable().flatMap(casesOf), ...others];
