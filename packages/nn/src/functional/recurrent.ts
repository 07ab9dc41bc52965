// A recurrent cell over a sequence. What the input gives to the gates of all steps was computed in one product; here a step is
// a product with the hidden state and one fused kernel. Backward goes the steps back by one kernel and one product each, and
// takes the gradients of the weights in one product over all steps. Only a gradient of the gradient unrolls the steps.

import { empty, isGradEnabled, linear, runLoop, stack, tidy, type Tensor } from '@rushlight/core';
import * as autograd from '@rushlight/core/autograd';
import type { RecurrentCell } from './recurrent-cell.ts';

export interface Recurrence {
  readonly cell: RecurrentCell;
  /** From the last step to the first. */
  readonly reverse: boolean;
}

/** gates [T, N, G·H], weight [G·H, H or P], bias [G·H], projection [P, H], hidden [N, H or P], cell [N, H]. */
export type RecurrentOperands = readonly [
  gates: Tensor,
  weight: Tensor,
  hidden: Tensor,
  bias: Tensor | null,
  projection: Tensor | null,
  cell: Tensor | null,
];

/** The hidden states after all steps [T, N, H or P], and for LSTM the cell after the last one [N, H]. */
export type RecurrentOutputs = readonly [hidden: Tensor, cell?: Tensor];

/** Runs a cell over a sequence. */
export function recurrent(recurrence: Recurrence, operands: RecurrentOperands): RecurrentOutputs {
  if (isGradEnabled() && operands.some((x) => x?.requiresGrad)) return recorded(recurrence, operands);
  return tidy(() => run(recurrence, operands, false).outputs as unknown as RecurrentOutputs);
}

/** The steps in order, each with the one before it. */
function stepsOf(reverse: boolean, count: number): { readonly t: number; readonly before: number | undefined }[] {
  return Array.from({ length: count }, (_, k) => {
    const t = reverse ? count - 1 - k : k;
    return { t, before: k === 0 ? undefined : reverse ? t + 1 : t - 1 };
  });
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
function run({ cell, reverse }: Recurrence, operands: RecurrentOperands, keeps: boolean): Run {
  const [gates, weight, hidden, bias, projection, before] = operands;
  const [count = 0, batch = 0] = gates.shape;
  const size = sizeOf(cell, weight);
  const states = [like(gates, [count, batch, size]), ...(before ? [like(gates, [count, batch, size])] : [])];
  const [raw, cells] = states as [Tensor, Tensor?];
  const extra = Array.from({ length: keeps ? cell.extra : 0 }, () => like(gates, [count, batch, size]));
  const y = projection ? like(gates, [count, batch, projection.shape[0] ?? 0]) : raw;
  let h = hidden;
  let c = before;
  for (const { t } of stepsOf(reverse, count)) {
    tidy(() => {
      const own = linear(h, weight, bias ? { bias } : {});
      const read = cell.reads === 'hidden' ? [h] : c ? [c] : [];
      const inputs = [...partsOf(cell, gates.select(0, t)), ...partsOf(cell, own), ...read];
      const out = [...states, ...extra].map((x) => x.select(0, t));
      runLoop(cell.stepOp(inputs, keeps ? 'all' : 'state'), inputs, { out });
      if (projection) y.select(0, t).copy_(linear(raw.select(0, t), projection));
    });
    h = y.select(0, t);
    c = cells?.select(0, t) ?? null;
  }
  return { outputs: [y, ...(c ? [c.clone()] : [])], raw, cells, extra };
}

/** All steps in operations that have gradients of their own, of any order. */
function unrolled({ cell, reverse }: Recurrence, operands: RecurrentOperands): Tensor[] {
  const [gates, weight, hidden, bias, projection, before] = operands;
  const outputs: Tensor[] = [];
  let h = hidden;
  let c = before;
  for (const { t } of stepsOf(reverse, gates.shape[0] ?? 0)) {
    const own = linear(h, weight, bias ? { bias } : {});
    const read = cell.reads === 'hidden' ? [h] : c ? [c] : [];
    const inputs = [...partsOf(cell, gates.select(0, t)), ...partsOf(cell, own), ...read];
    const after = (part: number): Tensor => runLoop(cell.stepOp(inputs, part), inputs)[0] as Tensor;
    h = projection ? linear(after(0), projection) : after(0);
    c = c && after(1);
    outputs[t] = h;
  }
  return [stack(outputs), ...(c ? [c] : [])];
}

/** The gradients of the operands from those of the outputs. */
function gradients(
  { cell, reverse }: Recurrence,
  [gates, weight, hidden, bias, projection, before]: RecurrentOperands,
  { outputs, raw, cells, extra }: Run,
  [dOutput, dLast]: readonly (Tensor | undefined)[],
): (Tensor | null)[] {
  const y = outputs[0] as Tensor;
  const [count = 0, batch = 0, width = 0] = y.shape;
  const dGates = like(gates, gates.shape);
  // What the hidden state gives to the gates has a gradient of its own only where it is not just added.
  const dOwn = cell.addsGates ? dGates : like(gates, gates.shape);
  const dy = projection && like(y, y.shape);
  const none = y.zeros([batch, width]);
  const noneRaw = raw.zeros([batch, sizeOf(cell, weight)]);
  const steps = stepsOf(reverse, count);
  let later = none;
  let dCell = before && (dLast ?? noneRaw);
  for (const { t, before: previous } of steps.toReversed()) {
    const at = (x: Tensor): Tensor => x.select(0, t);
    const earlier = (states: Tensor | undefined, first: Tensor | null): Tensor[] =>
      first && states ? [previous === undefined ? first : states.select(0, previous)] : [];
    [later, dCell] = tidy((): [Tensor, Tensor | null] => {
      let [own, rest] = [dOutput ? at(dOutput) : none, later];
      if (projection && dy) {
        const total = at(dy).copy_(own.add(rest));
        [own, rest] = [total.matmul(projection), noneRaw];
      }
      const read = cell.reads === 'hidden' ? earlier(y, hidden) : earlier(cells, before);
      const kept = extra.length > 0 ? extra.map(at) : [at(raw)];
      const inputs = [...read, ...kept, own, rest, ...(dCell ? [dCell] : [])];
      const out = [...partsOf(cell, at(dGates)), ...(cell.addsGates ? [] : partsOf(cell, at(dOwn)))];
      const dBefore = runLoop(cell.gradientOp(inputs), inputs, { out })[out.length];
      const back = at(dOwn).matmul(weight);
      return cell.reads === 'hidden' && dBefore ? [back.add_(dBefore), null] : [back, dBefore ?? null];
    });
  }
  const flat = (x: Tensor): Tensor => x.reshape([(x.shape[0] ?? 0) * batch, x.shape[2] ?? 0]);
  const dWeight = dOwn.select(0, steps[0]?.t ?? 0).t().matmul(hidden); // prettier-ignore
  if (count > 1) {
    const [after, from] = [dOwn.narrow(0, reverse ? 0 : 1, count - 1), y.narrow(0, reverse ? 1 : 0, count - 1)];
    dWeight.add_(flat(after).t().matmul(flat(from)));
  }
  return [dGates, dWeight, later, bias && dOwn.sum([0, 1]), dy && flat(dy).t().matmul(flat(raw)), dCell];
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
