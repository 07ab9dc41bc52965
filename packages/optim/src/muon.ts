// Muon: momentum whose singular values are all brought near 1 before it becomes a step. For the matrices of hidden layers.

import {
  isTensor,
  loopOp,
  matmul,
  runLoop,
  show,
  tidy,
  ValueError,
  type LiveNumber,
  type Tensor,
} from '@rushlight/core';
import { maximum, sqrt, type Expr } from '@rushlight/core/kernel';
import { direction } from './descent.ts';
import { Optimizer, type Defaults } from './optimizer.ts';
import {
  checkOption, listParams, type GroupOptions, type ParamGroup, type ParamGroupInput, type Params,
} from './param-group.ts'; // prettier-ignore

export interface MuonOptions extends GroupOptions {
  /** λ: the parameter shrinks by 1 − lr·λ in every step. Default 0.1. */
  weightDecay: number;
  /** μ: how much of the momentum is carried on. Default 0.95. */
  momentum: number;
  /** Look ahead along the momentum. Default true. */
  nesterov: boolean;
  /** a, b, c of the polynomial that is iterated. Default [3.4445, −4.775, 2.0315]. */
  nsCoefficients: readonly [number, number, number];
  /** What the norm of the momentum is at least taken for. Default 1e-7. */
  eps: number;
  /** How often the polynomial is applied, < 100. Default 5. */
  nsSteps: number;
  /**
   * What the learning rate of an A × B matrix is multiplied by: √max(1, A / B) ('original', which null is, too), or 0.2·√max(A, B),
   * which suits learning rates found for AdamW ('match_rms_adamw'). Default null.
   */
  adjustLrFn: 'original' | 'match_rms_adamw' | null;
  /** Go up instead of down. Default false. */
  maximize: boolean;
}

type MuonState = {
  readonly momentumBuffer: Tensor;
};

const momentumOp = loopOp('Muon', (k, nesterov: boolean) => {
  const buffer = k.input(0);
  const number = (): Expr => k.scalar(buffer.dtype);
  const [up, momentum, rest] = [number(), number(), number()];
  const grad = k.input(1).mul(up);
  const average = buffer.mul(momentum).add(grad.mul(rest));
  k.perElement(average);
  k.perElement(nesterov ? grad.mul(rest).add(average.mul(momentum)) : average);
});

/** All elements by the root of the sum of their squares, so that no singular value is above 1. */
const normalizeOp = loopOp('Muon', (k) => {
  const x = k.input(0);
  // Halves, whose squares are soon infinite, are counted in single precision.
  const wide = x.dtype === 'float16' ? x.cast('float32') : x;
  const norm = sqrt(k.sum(wide.mul(wide)));
  k.perElement(wide.div(maximum(norm, k.scalar(wide.dtype))));
});

/** p·x + q·y, written over x. */
const mixOp = loopOp('Muon', (k) => {
  const x = k.input(0);
  const [p, q] = [k.scalar(x.dtype), k.scalar(x.dtype)];
  k.perElement(x.mul(p).add(k.input(1).mul(q)));
});

const stepOp = loopOp('Muon', (k) => {
  const param = k.input(0);
  const [shrink, lr] = [k.scalar(param.dtype), k.scalar(param.dtype)];
  k.perElement(param.mul(shrink).sub(k.input(1).cast(param.dtype).mul(lr)));
});

const muonDefaults: Defaults<MuonOptions> = {
  lr: 1e-3,
  weightDecay: 0.1,
  momentum: 0.95,
  nesterov: true,
  nsCoefficients: [3.4445, -4.775, 2.0315],
  eps: 1e-7,
  nsSteps: 5,
  adjustLrFn: null,
  maximize: false,
};

/**
 * b ← μ·b + (1 − μ)·g, θ ← (1 − lr·λ)·θ − lr·r·NS(b), with nesterov NS((1 − μ)·g + μ·b). NS(x) divides x by its norm and then takes
 * `nsSteps` times a·x + (b·xxᵀ + c·(xxᵀ)²)·x, which brings the singular values to between about 0.7 and 1.2; r is what `adjustLrFn` says. Parameters
 * have 2 dims: give the others, and embeddings, to AdamW. NS is computed in the dtype of the parameter, float16 in float32,
 * where PyTorch takes bfloat16. Throws ValueError for options out of range and for parameters that are no matrices.
 * K. Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024, https://kellerjordan.github.io/posts/muon/.
 * torch.optim.Muon
 *
 * @example
 * const matrices = model.parameters().filter((p) => p.ndim === 2);
 * const others = model.parameters().filter((p) => p.ndim !== 2);
 * const optimizers = [new Muon(matrices, { lr: 0.02 }), new AdamW(others)];
 */
export class Muon extends Optimizer<MuonOptions, MuonState> {
  protected override readonly stateKeys = ['momentumBuffer'];

  constructor(params: Params<MuonOptions>, options: Readonly<Partial<MuonOptions>> = {}) {
    super('Muon', params, muonDefaults, options);
  }

  override addParamGroup(group: ParamGroupInput<MuonOptions>): void {
    const params = listParams('Muon', group.params);
    params.forEach((param, k) => {
      if (!isTensor(param) || param.ndim === 2) return;
      throw new ValueError(
        'Muon',
        `parameter ${k} has shape ${show(param.shape)}. Muon is for matrices: give parameters of other than 2 dims to AdamW.`,
      );
    });
    super.addParamGroup({ ...group, params });
  }

  protected override checkGroup(options: MuonOptions): void {
    const { weightDecay, momentum, nsCoefficients, eps, nsSteps, adjustLrFn } = options;
    checkOption('Muon', 'momentum', momentum, 0);
    checkOption('Muon', 'weightDecay', weightDecay, 0);
    checkOption('Muon', 'eps', eps, 0);
    if (nsCoefficients.length !== 3 || !nsCoefficients.every(Number.isFinite))
      throw new ValueError('Muon', `nsCoefficients are ${nsCoefficients.join(', ')}. They must be three numbers.`);
    if (!(Number.isInteger(nsSteps) && nsSteps >= 0 && nsSteps < 100))
      throw new ValueError('Muon', `nsSteps is ${nsSteps}. It must be an integer in [0, 100).`);
    if (adjustLrFn !== null && !['original', 'match_rms_adamw'].includes(adjustLrFn))
      throw new ValueError(
        'Muon',
        `adjustLrFn is ${String(adjustLrFn)}. It must be 'original', 'match_rms_adamw' or null.`,
      );
  }

  protected override update(param: Tensor, grad: Tensor, group: ParamGroup<MuonOptions>): void {
    const state = this.state.get(param) ?? { momentumBuffer: this.zerosFor(param) };
    this.state.set(param, state);
    const buffer = state.momentumBuffer;
    tidy(() => {
      const [, momentum] = runLoop(momentumOp([buffer, grad], group.nesterov), [buffer, grad], {
        inplace: [buffer],
        scalars: [() => direction(group), () => group.momentum, () => 1 - group.momentum],
      });
      const inputs = [param, orthogonalized(momentum as Tensor, group)];
      runLoop(stepOp(inputs), inputs, {
        inplace: [param],
        scalars: [() => 1 - group.lr * group.weightDecay, () => group.lr * ratioOf(param.shape, group)],
      });
    });
  }
}

/** What the learning rate of a matrix of this shape is multiplied by. */
function ratioOf([rows = 1, columns = 1]: readonly number[], { adjustLrFn }: MuonOptions): number {
  if (adjustLrFn === 'match_rms_adamw') return 0.2 * Math.sqrt(Math.max(rows, columns));
  return columns === 0 ? 1 : Math.sqrt(Math.max(1, rows / columns));
}

/** The matrix with its singular values near 1, by Newton and Schulz's iteration on the side that is smaller. */
function orthogonalized(matrix: Tensor, group: MuonOptions): Tensor {
  if (matrix.numel() === 0) return matrix;
  const [rows = 0, columns = 0] = matrix.shape;
  const isTall = rows > columns;
  const [wide] = runLoop(normalizeOp([matrix]), [matrix], { columns: [0, 1], scalars: [() => group.eps] });
  const x = isTall ? (wide as Tensor).transpose(0, 1) : (wide as Tensor);
  const [a, b, c] = ([0, 1, 2] as const).map((k) => () => group.nsCoefficients[k]);
  for (let k = 0; k < group.nsSteps; k++) {
    const gram = matmul(x, x.transpose(0, 1));
    mix(gram, b, matmul(gram, gram), c);
    mix(x, a, matmul(gram, x), 1);
  }
  return isTall ? x.transpose(0, 1) : x;
}

function mix(x: Tensor, p: LiveNumber = 1, y: Tensor, q: LiveNumber = 1): void {
  runLoop(mixOp([x, y]), [x, y], { inplace: [x], scalars: [p, q] });
}
