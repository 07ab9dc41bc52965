// One step of a recurrent layer as a formula. From it come the kernel of a step and the kernel of its gradient, which reads
// again what the step kept instead of computing it again.

import { loopOp, type LoopOp, type Tensor } from '@rushlight/core';
import {
  constant, differentiate, exp, input, override, rewrite, select, tanh, type DType, type Expr,
} from '@rushlight/core/kernel'; // prettier-ignore

interface Step {
  /** The state after the step: the hidden state, for LSTM also the cell. */
  readonly after: readonly Expr[];
  /** What the gradient reads again. */
  readonly kept: readonly Expr[];
}

interface Formula {
  readonly name: string;
  readonly gates: number;
  /** What of the state before the formula reads itself, and not only through the gates. */
  readonly reads?: 'hidden' | 'cell';
  /** Whether of what input and hidden state give to a gate only the sum is read. */
  readonly addsGates: boolean;
  /** From what the input gives to each gate, what the hidden state gives to each, and what is read of the state before. */
  step(fromInput: readonly Expr[], fromHidden: readonly Expr[], before: Expr): Step;
}

export interface RecurrentCell extends Formula {
  /** How many tensors a step keeps; none: the gradient reads the hidden state after it. */
  readonly extra: number;
  /** Reads the shares of the gates, then the state before; writes the state after (or one part), or that and what is kept. */
  readonly stepOp: (inputs: readonly Tensor[], writes: 'state' | 'all' | number) => LoopOp;
  /**
   * Reads the state before, what was kept, and the gradients of the state after, that of the hidden state in two parts. Writes
   * the gradients of the shares of the gates (once, if they are only added), then that of the state before.
   */
  readonly gradientOp: (inputs: readonly Tensor[]) => LoopOp;
}

/** Slots that are no inputs of the gradient's loop: what the formula is written with there, before it is rewritten. */
const APART = 64;

/** The formula with inputs from a slot on. */
function written(formula: Formula, dtype: DType, slot: number): Step & { readonly inputs: readonly Expr[] } {
  const { gates, reads } = formula;
  const inputs = Array.from({ length: 2 * gates + 1 }, (_, k) => input(slot + k, dtype));
  const step = formula.step(inputs.slice(0, gates), inputs.slice(gates, 2 * gates), inputs[2 * gates] as Expr);
  return { ...step, inputs: reads ? inputs : inputs.slice(0, -1) };
}

/** What is kept besides the hidden state after the step, which is kept anyway. */
const extraOf = ({ after, kept }: Step): Expr[] => kept.filter((e) => e !== after[0]);

function recurrentCell(formula: Formula): RecurrentCell {
  const { name, gates, reads, addsGates } = formula;
  return {
    ...formula,
    extra: extraOf(written(formula, 'float32', 0)).length,
    stepOp: loopOp(name, (k, writes: 'state' | 'all' | number) => {
      const step = written(formula, k.input(0).dtype, 0);
      const after = typeof writes === 'number' ? step.after.slice(writes, writes + 1) : step.after;
      for (const e of [...after, ...(writes === 'all' ? extraOf(step) : [])]) k.perElement(e);
    }),
    gradientOp: loopOp(`${name}Backward`, (k) => {
      const { after, kept, inputs } = written(formula, k.input(0).dtype, APART);
      const read = reads ? [...inputs.slice(2 * gates), ...kept] : kept;
      // A derivative may be given in terms of the value that an override holds.
      const known = new Map(read.flatMap((e, slot) => [e, ...(e.op === 'override' ? e.args.slice(0, 1) : [])].map((key) => [key, k.input(slot)]))); // prettier-ignore
      const [own, later, ...rest] = k.inputs.slice(read.length) as [Expr, Expr, ...Expr[]];
      const seeds = [own.add(later), ...rest];
      const wanted = addsGates ? [...inputs.slice(0, gates), ...inputs.slice(2 * gates)] : inputs;
      for (const x of wanted) {
        const parts = after.flatMap((e, at) => differentiate(e, x, seeds[at] as Expr) ?? []);
        const gradient = parts.reduce((a, b) => a.add(b));
        k.perElement(rewrite(gradient, (e) => known.get(e)));
      }
    }),
  };
}

const one = (x: Expr): Expr => constant(1, x.dtype);
/** 1 / (1 + e^−x) */
const logistic = (x: Expr): Expr => {
  const y = one(x).div(exp(x.neg()).add(1));
  return override(y, [[x, y.mul(one(x).sub(y))]]);
};
const relu = (x: Expr): Expr => {
  const y = select(x.le(0), 0, x);
  return override(y, [[x, select(y.le(0), 0, one(x))]]);
};

const plain = (name: string, activation: (x: Expr) => Expr): RecurrentCell =>
  recurrentCell({
    name,
    gates: 1,
    addsGates: true,
    step([x], [h]) {
      const after = activation((x as Expr).add(h as Expr));
      return { after: [after], kept: [after] };
    },
  });

/** h′ = tanh(x + h), or the larger of that sum and 0. */
export const rnnCells = { tanh: /* @__PURE__ */ plain('rnnTanh', tanh), relu: /* @__PURE__ */ plain('rnnRelu', relu) };

/** r = σ(xᵣ + hᵣ), z = σ(x_z + h_z), n = tanh(xₙ + r·hₙ), h′ = (1 − z)·n + z·h. */
export const gruCell: RecurrentCell = /* @__PURE__ */ recurrentCell({
  name: 'gru',
  gates: 3,
  reads: 'hidden',
  addsGates: false,
  step(x, h, before) {
    const [xr, xz, xn] = x as [Expr, Expr, Expr];
    const [hr, hz, hn] = h as [Expr, Expr, Expr];
    const [r, z] = [logistic(xr.add(hr)), logistic(xz.add(hz))];
    const n = tanh(xn.add(r.mul(hn)));
    return { after: [n.add(z.mul(before.sub(n)))], kept: [r, z, n, hn] };
  },
});

/** i, f, o = σ(x + h), g = tanh(x_g + h_g), c′ = f·c + i·g, h′ = o·tanh(c′). */
export const lstmCell: RecurrentCell = /* @__PURE__ */ recurrentCell({
  name: 'lstm',
  gates: 4,
  reads: 'cell',
  addsGates: true,
  step(x, h, before) {
    const [si, sf, sg, so] = x.map((part, k) => part.add(h[k] as Expr)) as [Expr, Expr, Expr, Expr];
    const [i, f, g, o] = [logistic(si), logistic(sf), tanh(sg), logistic(so)];
    const cell = f.mul(before).add(i.mul(g));
    const squashed = tanh(cell);
    return { after: [o.mul(squashed), cell], kept: [i, f, g, o, squashed] };
  },
});
