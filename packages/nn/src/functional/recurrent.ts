// A recurrent cell over sequences. What the input gives to the gates of all steps was computed in one product; here a step is
// a product with the hidden state and one fused kernel. Backward goes the steps back by one kernel and one product each, and
// takes the gradients of the weights in one product over all steps. Only a gradient of the gradient unrolls the steps.

import {
  autocasting, cat, empty, indexSelect, isGradEnabled, linear, runLoop, tensor, tidy, type Tensor,
} from '@rushlight/core'; // prettier-ignore
import * as autograd from '@rushlight/core/autograd';
import type { RecurrentCell } from './recurrent-cell.ts';
import { carried, endStates, rowsBefore, rowsOf, type RecurrentSteps } from './recurrent-steps.ts';

export interface Recurrence {
  readonly cell: RecurrentCell;
  readonly walk: RecurrentSteps;
}

/** gates [R, G·H], the rows of all steps; weight [G·H, H or P], bias [G·H], projection [P, H], hidden [N, H or P], cell [N, H]. */
export type RecurrentOperands = readonly [
  gates: Tensor,
  weight: Tensor,
  hidden: Tensor,
  bias: Tensor | null,
  projection: Tensor | null,
  cell: Tensor | null,
];

/** The hidden states after all steps [R, H or P], and for LSTM the cells after the last one of each sequence [N, H]. */
export type RecurrentOutputs = readonly [hidden: Tensor, cell?: Tensor];

/** Runs a cell over sequences. */
export function recurrent(recurrence: Recurrence, operands: RecurrentOperands): RecurrentOutputs {
  const mode = autocasting();
  if (mode) return mode.run('recurrent', recurrent, [recurrence, operands]);
  if (isGradEnabled() && operands.some((x) => x?.requiresGrad)) return recorded(recurrence, operands);
  return tidy(() => run(recurrence, operands, false).outputs as unknown as RecurrentOutputs);
}

const like = ({ dtype, device }: Tensor, shape: readonly number[]): Tensor => empty(shape, { dtype, device });
const sizeOf = (cell: RecurrentCell, weight: Tensor): number => (weight.shape[0] ?? 0) / cell.gates;

/** The part of every gate. */
function partsOf(cell: RecurrentCell, gates: Tensor): Tensor[] {
  const size = (gates.shape[1] ?? 0) / cell.gates;
  return Array.from({ length: cell.gates }, (_, k) => gates.narrow(1, k * size, size));
}

interface Run {
  readonly outputs: Tensor[];
  /** Before a projection. */
  readonly raw: Tensor;
  readonly cells: Tensor | undefined;
  readonly extra: readonly Tensor[];
}

/** All steps, outside of gradients. */
function run({ cell, walk }: Recurrence, operands: RecurrentOperands, keeps: boolean): Run {
  const [gates, weight, hidden, bias, projection, before] = operands;
  const [count = 0] = gates.shape;
  const size = sizeOf(cell, weight);
  const states = [like(gates, [count, size]), ...(before ? [like(gates, [count, size])] : [])];
  const [raw, cells] = states as [Tensor, Tensor?];
  const extra = Array.from({ length: keeps ? cell.extra : 0 }, () => like(gates, [count, size]));
  const y = projection ? like(gates, [count, projection.shape[0] ?? 0]) : raw;
  let h = hidden;
  let c = before;
  for (const step of walk.steps) {
    tidy(() => {
      const from = carried(h, step.size, hidden);
      const own = linear(from, weight, bias ? { bias } : {});
      const read = cell.reads === 'hidden' ? [from] : c && before ? [carried(c, step.size, before)] : [];
      const inputs = [...partsOf(cell, rowsOf(gates, step)), ...partsOf(cell, own), ...read];
      const out = [...states, ...extra].map((x) => rowsOf(x, step));
      runLoop(cell.stepOp(inputs, keeps ? 'all' : 'state'), inputs, { out });
      if (projection) rowsOf(y, step).copy_(linear(rowsOf(raw, step), projection));
    });
    h = rowsOf(y, step);
    c = cells ? rowsOf(cells, step) : null;
  }
  return { outputs: [y, ...(cells ? [endStates(walk, cells).clone()] : [])], raw, cells, extra };
}

/** All steps in operations that have gradients of their own, of any order. */
function unrolled({ cell, walk }: Recurrence, operands: RecurrentOperands): Tensor[] {
  const [gates, weight, hidden, bias, projection, before] = operands;
  const outputs = new Map<number, Tensor>();
  const cells = new Map<number, Tensor>();
  let h = hidden;
  let c = before;
  for (const step of walk.steps) {
    const from = carried(h, step.size, hidden);
    const own = linear(from, weight, bias ? { bias } : {});
    const read = cell.reads === 'hidden' ? [from] : c && before ? [carried(c, step.size, before)] : [];
    const inputs = [...partsOf(cell, rowsOf(gates, step)), ...partsOf(cell, own), ...read];
    const after = (part: number): Tensor => runLoop(cell.stepOp(inputs, part), inputs)[0] as Tensor;
    h = projection ? linear(after(0), projection) : after(0);
    c = c && after(1);
    outputs.set(step.start, h);
    if (c) cells.set(step.start, c);
  }
  const joined = (parts: ReadonlyMap<number, Tensor>): Tensor =>
    cat([...parts].sort(([a], [b]) => a - b).map(([, part]) => part));
  return [joined(outputs), ...(c ? [endStates(walk, joined(cells))] : [])];
}

/** The gradients of the operands from those of the outputs. */
function gradients(
  { cell, walk }: Recurrence,
  [gates, weight, hidden, bias, projection, before]: RecurrentOperands,
  { outputs, raw, cells, extra }: Run,
  [dOutput, dLast]: readonly (Tensor | undefined)[],
): (Tensor | null)[] {
  const y = outputs[0] as Tensor;
  const [batch = 0, width = 0] = hidden.shape;
  const dGates = like(gates, gates.shape);
  // What the hidden state gives to the gates has a gradient of its own only where it is not just added.
  const dOwn = cell.addsGates ? dGates : like(gates, gates.shape);
  const dy = projection && like(y, y.shape);
  const none = y.zeros([batch, width]);
  const noneRaw = raw.zeros([batch, sizeOf(cell, weight)]);
  const { steps } = walk;
  const dEnd = before && (dLast ?? noneRaw);
  const last = steps.at(-1)?.size ?? 0;
  let later = none.narrow(0, 0, last);
  let dCell = dEnd && dEnd.narrow(0, 0, last);
  // The gradients of the states that sequences begin with after the first step, the last ones first.
  const begun: { readonly hidden: Tensor; readonly cell: Tensor | null }[] = [];
  for (let k = steps.length - 1; k >= 0; k--) {
    const [step, earlier] = [steps[k] as (typeof steps)[number], steps[k - 1]];
    const at = (x: Tensor): Tensor => rowsOf(x, step);
    const stateBefore = (states: Tensor | undefined, first: Tensor | null): Tensor[] =>
      first && states ? [earlier ? carried(rowsOf(states, earlier), step.size, first) : first.narrow(0, 0, step.size)] : []; // prettier-ignore
    const [back, dBack] = tidy((): [Tensor, Tensor | null] => {
      let [own, rest] = [dOutput ? at(dOutput) : none.narrow(0, 0, step.size), later];
      if (projection && dy) {
        const total = at(dy).copy_(own.add(rest));
        [own, rest] = [total.matmul(projection), noneRaw.narrow(0, 0, step.size)];
      }
      const read = cell.reads === 'hidden' ? stateBefore(y, hidden) : stateBefore(cells, before);
      const kept = extra.length > 0 ? extra.map(at) : [at(raw)];
      const inputs = [...read, ...kept, own, rest, ...(dCell ? [dCell] : [])];
      const out = [...partsOf(cell, at(dGates)), ...(cell.addsGates ? [] : partsOf(cell, at(dOwn)))];
      const dBefore = runLoop(cell.gradientOp(inputs), inputs, { out })[out.length];
      const product = at(dOwn).matmul(weight);
      return cell.reads === 'hidden' && dBefore ? [product.add_(dBefore), null] : [product, dBefore ?? null];
    });
    const had = earlier?.size ?? step.size;
    const more = step.size - had;
    if (more > 0) begun.push({ hidden: back.narrow(0, had, more), cell: dBack && dBack.narrow(0, had, more) });
    later = carried(back, had, none);
    dCell = dBack && dEnd && carried(dBack, had, dEnd);
  }
  const whole = (first: Tensor, rest: readonly Tensor[]): Tensor => (rest.length > 0 ? cat([first, ...rest]) : first);
  const dHidden = whole(later, begun.map((part) => part.hidden).toReversed()); // prettier-ignore
  const dFirst = dCell && whole(dCell, begun.flatMap((part) => part.cell ?? []).toReversed());
  const dWeight = dWeightOf(walk, dOwn, hidden, y);
  return [dGates, dWeight, dHidden, bias && dOwn.sum(0), dy && dy.t().matmul(raw), dFirst];
}

/** What all steps give to the gradient of the weight: their gates' gradients times the states before. */
function dWeightOf({ steps, isEven }: RecurrentSteps, dOwn: Tensor, hidden: Tensor, y: Tensor): Tensor {
  const [first, second] = steps;
  if (!first) return dOwn.t().matmul(y);
  if (!isEven) {
    const rows = tensor(rowsBefore(steps), { dtype: 'int32', device: y.device });
    return dOwn.t().matmul(indexSelect(cat([hidden, y]), 0, rows));
  }
  const dWeight = rowsOf(dOwn, first).t().matmul(hidden);
  if (!second) return dWeight;
  const [count, isForward] = [(y.shape[0] ?? 0) - first.size, second.start > first.start];
  const [after, from] = [
    dOwn.narrow(0, isForward ? first.size : 0, count),
    y.narrow(0, isForward ? 0 : first.size, count),
  ];
  return dWeight.add_(after.t().matmul(from));
}

/** The same in operations that are recorded, through the unrolled steps. */
function recordedGradients(
  recurrence: Recurrence,
  operands: RecurrentOperands,
  grads: readonly (Tensor | undefined)[],
): (Tensor | null)[] {
  // Each operand under a name of its own: one may have been computed from another.
  const own = operands.map((x) => (x?.requiresGrad ? x.expand(x.shape) : x)) as unknown as RecurrentOperands;
  const wanted = own.filter((x) => x?.requiresGrad) as Tensor[];
  const roots = unrolled(recurrence, own).flatMap((root, k) => (grads[k] ? [[root, grads[k]] as const] : []));
  const found = autograd.grad(
    roots.map(([root]) => root),
    wanted,
    { gradOutputs: roots.map(([, grad]) => grad), createGraph: true, allowUnused: true },
  );
  return own.map((x) => (x?.requiresGrad ? (found[wanted.indexOf(x)] ?? null) : null));
}

/** The sequence as one operation. */
function recorded(recurrence: Recurrence, operands: RecurrentOperands): RecurrentOutputs {
  const operation = {
    name: recurrence.cell.name,
    forward(ctx: autograd.FunctionContext, ...[...given]: RecurrentOperands): readonly Tensor[] {
      const { outputs, raw, cells, extra } = run(recurrence, given as unknown as RecurrentOperands, true);
      const made = [outputs[0] as Tensor, raw, ...(cells ? [cells] : []), ...extra];
      ctx.saveForBackward(...given.filter((x) => x !== null), ...made.map((x) => x.detach()));
      ctx.setMaterializeGrads(false);
      return outputs;
    },
    backward(ctx: autograd.FunctionContext, ...grads: (Tensor | undefined)[]): (Tensor | null)[] {
      const saved = [...ctx.savedTensors];
      const given = operands.map((x) => (x ? (saved.shift() as Tensor) : null)) as unknown as RecurrentOperands;
      if (isGradEnabled()) return recordedGradients(recurrence, given, grads);
      const [y, raw] = saved.splice(0, 2) as [Tensor, Tensor];
      const cells = operands[5] ? saved.shift() : undefined;
      return tidy(() => gradients(recurrence, given, { outputs: [y], raw, cells, extra: saved }, grads));
    },
  };
  return autograd.Function.apply.call(operation, ...operands) as unknown as RecurrentOutputs;
}
