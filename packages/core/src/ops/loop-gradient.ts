// The gradient of a loop is a loop. With y = f(x, S₀, S₁, …), each S a reduction over the row of an expression of x and of
// earlier S, and g = ∂L/∂y: going back through the stages, last first,
//
//     S̄ₖ = Σ_columns [ g·∂f/∂Sₖ + Σ_{j>k} S̄ⱼ-weighted ∂eⱼ/∂Sₖ ]      (another stage of the new loop)
//     x̄  = g·∂f/∂x + Σₖ (weight of this element in Sₖ)·S̄ₖ·∂eₖ/∂x
//
// where the weight is 1 for a sum, the share among equals for max and min, one element for argmax and argmin. The rule is
// closed: the result is a LoopSpec that has a gradient again.

import {
  compare, constant, differentiate, index, input, position, postorder, rewrite, select, stage, type Expr, type Reduction, type Stage,
} from '../kernel/index.ts'; // prettier-ignore
import type { LoopSpec, SpecOutput } from './loop-spec.ts';

/** How the gradient of one input is computed. */
export interface InputGradient {
  /** Inputs: those of `reads`, then the gradient of the output. Undefined: it is zero everywhere. */
  readonly spec: LoopSpec;
  readonly reads: readonly Source[];
}

/** What a gradient reads: an input, the output, or a stage's result (or position) that the forward kept. */
export type Source =
  | { readonly kind: 'input'; readonly slot: number }
  | { readonly kind: 'output' }
  | { readonly kind: 'stage'; readonly slot: number }
  | { readonly kind: 'position'; readonly slot: number };

type AddStage = (expr: Expr, reduce?: Reduction) => Expr;

/** The slot that stands for the incoming gradient until the sources are numbered. */
const SEED = -1;

type Sum = Expr | undefined;
const add = (a: Sum, b: Sum): Sum => (a && b ? a.add(b) : (a ?? b));

/**
 * The gradient of input `wrt` through output 0. `keepStages`: forward results of stages are read instead of computed
 * again, which is cheaper but leaves no path for a second derivative. `toRows`: the input has one value per row, so its
 * gradient is summed over the columns.
 */
export function gradientOf(
  spec: LoopSpec,
  wrt: number,
  options: { keepStages: boolean; toRows: boolean },
): InputGradient | undefined {
  const [output] = spec.outputs;
  const dtype = spec.inputs[wrt];
  if (!output || !dtype) return undefined;
  const x = input(wrt, dtype);
  const g = input(SEED, output.expr.dtype);
  const count = spec.stages.length;
  const adjoints: Stage[] = [];
  const addStage: AddStage = (expr, reduce = 'sum') => {
    adjoints.push({ reduce, expr });
    return stage(count + adjoints.length - 1, expr.dtype);
  };

  const weights: Sum[] = spec.stages.map(() => undefined);
  for (let k = count - 1; k >= 0; k--) {
    const s = spec.stages[k];
    if (!s) continue;
    const result = stage(k, s.expr.dtype);
    const direct = differentiate(output.expr, result, g);
    let inColumns = output.per === 'element' ? direct : undefined;
    for (let j = k + 1; j < count; j++) {
      const later = spec.stages[j];
      const weight = weights[j];
      if (later && weight) inColumns = add(inColumns, differentiate(later.expr, result, weight));
    }
    const inRow = output.per === 'row' ? direct : undefined;
    const total = add(inRow, inColumns && addStage(inColumns));
    weights[k] = total && spread(s, k, total, addStage);
  }

  const direct = differentiate(output.expr, x, g);
  let perElement = output.per === 'element' ? direct : undefined;
  spec.stages.forEach((s, k) => {
    const weight = weights[k];
    if (weight) perElement = add(perElement, differentiate(s.expr, x, weight));
  });
  const perRow = output.per === 'row' ? direct : undefined;
  const rowwise = options.toRows || (perRow && !perElement);
  const result = rowwise ? add(perRow, perElement && addStage(perElement)) : add(perElement, perRow);
  if (!result) return undefined;
  return finish(spec, adjoints, { per: rowwise ? 'row' : 'element', expr: result.cast(dtype) }, options.keepStages);
}

/** What one element contributes to the gradient of the result of its stage, given that gradient. */
function spread({ reduce, expr }: Stage, k: number, total: Expr, addStage: AddStage): Expr {
  const { dtype } = expr;
  const zero = constant(0, dtype);
  switch (reduce) {
    case 'sum':
      return total;
    case 'max':
    case 'min': {
      // Where the result is NaN, the NaNs are what it is.
      const hit = compare('eq', expr, stage(k, dtype)).or(expr.isNaN());
      const equals = addStage(select(hit, constant(1, dtype), zero));
      return select(hit, total.div(equals), zero);
    }
    case 'argmax':
    case 'argmin':
      return select(index('column').eq(position(k)), total, zero);
    case 'prod': {
      // The product of the others: with one zero among them only that zero has a gradient, with more none has. The sum of
      // the zeros is 0, but a second derivative goes through it: moving a zero gives the elements beside it a gradient.
      const isZero = expr.eq(0);
      const zeros = addStage(select(isZero, constant(1, dtype), zero));
      const zeroSum = addStage(select(isZero, expr, zero));
      const others = addStage(select(isZero, constant(1, dtype), expr), 'prod');
      const atZero = select(zeros.eq(1), others, select(zeros.eq(2), others.mul(zeroSum.sub(expr)), zero));
      const beside = others.div(expr);
      const elsewhere = select(zeros.eq(0), beside, select(zeros.eq(1), beside.mul(zeroSum), zero));
      return select(isZero, atZero.mul(total), elsewhere.mul(total));
    }
  }
}

/** Numbers what the gradient reads and drops the stages that it does not. */
function finish(spec: LoopSpec, adjoints: readonly Stage[], output: SpecOutput, keepStages: boolean): InputGradient {
  const count = spec.stages.length;
  // Every possible source has a slot of its own first: inputs, the output, then result and position of each stage.
  const sources: Source[] = [
    ...spec.inputs.map((_, slot): Source => ({ kind: 'input', slot })),
    { kind: 'output' },
    ...spec.stages.flatMap((_, slot): Source[] => [
      { kind: 'stage', slot },
      { kind: 'position', slot },
    ]),
  ];
  const outputSlot = spec.inputs.length;
  const written = forwardValues(spec.outputs[0]);
  const mark = (expr: Expr): Expr =>
    rewrite(expr, (e) => {
      if (written.has(e)) return input(outputSlot, e.dtype);
      if (e.op === 'position' && e.value < count) return input(outputSlot + 2 + 2 * e.value, 'int32');
      return keepStages && e.op === 'stage' && e.value < count
        ? input(outputSlot + 1 + 2 * e.value, e.dtype)
        : undefined;
    });

  const candidates = [...spec.stages, ...adjoints];
  const stages = new Map<number, Stage>();
  const expr = mark(output.expr);
  for (let k = candidates.length - 1; k >= 0; k--) {
    const candidate = candidates[k];
    const used = postorder([expr, ...[...stages.values()].map((s) => s.expr)]).some(
      (e) => e.op === 'stage' && e.value === k,
    );
    if (candidate && used) stages.set(k, { reduce: candidate.reduce, expr: mark(candidate.expr) });
  }
  const order = [...stages.keys()].sort((a, b) => a - b);
  const kept = order.flatMap((k) => stages.get(k) ?? []);

  const roots = [expr, ...kept.map((s) => s.expr)];
  const slots = [
    ...new Set(postorder(roots).flatMap((e) => (e.op === 'input' && e.value !== SEED ? [e.value] : []))),
  ].sort((a, b) => a - b);
  const dtypes = new Map(postorder(roots).flatMap((e) => (e.op === 'input' ? [[e.value, e.dtype] as const] : [])));
  const number = (root: Expr): Expr =>
    rewrite(root, (e) => {
      if (e.op === 'stage') return stage(order.indexOf(e.value), e.dtype);
      if (e.op !== 'input') return undefined;
      return input(e.value === SEED ? slots.length : slots.indexOf(e.value), e.dtype);
    });
  const gradDType = spec.outputs[0]?.expr.dtype ?? 'float32';
  return {
    spec: {
      inputs: [...slots.map((slot) => dtypes.get(slot) ?? gradDType), gradDType],
      scalars: spec.scalars,
      stages: kept.map((s) => ({ reduce: s.reduce, expr: number(s.expr) })),
      outputs: [{ per: output.per, expr: number(expr) }],
      checks: [],
    },
    reads: slots.flatMap((slot) => sources[slot] ?? []),
  };
}

/** The expressions whose value is what the forward wrote, so that a gradient may read it back. */
function forwardValues(output: SpecOutput | undefined): Set<Expr> {
  const values = new Set<Expr>();
  for (let e = output?.expr; e && e.args.length > 0; e = e.op === 'override' ? e.args[0] : undefined) values.add(e);
  return values;
}
