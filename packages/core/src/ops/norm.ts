import { computeIn } from '../autocast-mode.ts';
import { ValueError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { loopOp } from './loop.ts';
import { normForm, normOf } from './norm-formula.ts';
import { countOf, first, needsFloat, reduce, type Dims, type ReductionOptions } from './reduce.ts';
import { splitDim } from './split-dim.ts';

const normOp = loopOp('norm', (k, p: number | 'p') => k.perRow(normOf(k, k.input(0), p)));

export interface NormOptions extends ReductionOptions {
  /** The power: any number, ±Infinity, 0 (how many are not 0), or 'fro', which is 2. Default 2. */
  readonly p?: number | 'fro';
}

/** (Σ |x|^p)^(1/p) over the dims, 0 of no elements. Throws ValueError where `p` is no number. torch.norm */
export function norm(x: Tensor, dim?: Dims | NormOptions, options?: NormOptions): Tensor {
  const [dims, { p: power = 2, keepdim } = {}] = splitDim<Dims, NormOptions>(dim, options);
  needsFloat('norm', x.dtype);
  if (power !== 'fro' && (typeof power !== 'number' || Number.isNaN(power)))
    throw new ValueError('norm', `p is ${String(power)}. Use a number, ±Infinity or 'fro'.`);
  const { p, scalars } = normForm(power === 'fro' ? 2 : power, countOf('norm', x, dims));
  const input = x.to(computeIn('norm', x.dtype));
  return first(reduce(normOp([input], p), input, dims, keepdim, scalars));
}
