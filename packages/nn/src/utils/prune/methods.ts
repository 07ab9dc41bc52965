// The ways of pruning that there are.

import {
  kthvalue, norm, onesLike, rand, randLike, ShapeError, show, topk, indexFill, type Tensor,
} from '@rushlight/core'; // prettier-ignore
import { channelDim, checkAmount, unitsOf } from './amount.ts';
import { BasePruningMethod } from './pruning-method.ts';

/** Zeros at places of the flattened mask. */
const without = (mask: Tensor, places: Tensor): Tensor =>
  indexFill(mask.reshape([-1]), 0, places, 0).reshape(mask.shape);

/** A mask over channels, as one over the tensor. */
const acrossDim = (channels: Tensor, rank: number, dim: number): Tensor =>
  channels.reshape(Array.from({ length: rank }, (_, d) => (d === dim ? -1 : 1)));

/** Prunes nothing, and makes room for a mask. torch.nn.utils.prune.Identity */
export class Identity extends BasePruningMethod {
  readonly pruningType = 'unstructured';

  computeMask(_t: Tensor, defaultMask: Tensor): Tensor {
    return defaultMask.clone();
  }
}

abstract class ByAmount extends BasePruningMethod {
  /** A count, or a share below 1. */
  readonly amount: number;

  constructor(amount: number) {
    super();
    checkAmount(this.constructor.name, amount);
    this.amount = amount;
  }
}

/** Prunes elements at random. torch.nn.utils.prune.RandomUnstructured */
export class RandomUnstructured extends ByAmount {
  readonly pruningType = 'unstructured';

  computeMask(t: Tensor, defaultMask: Tensor): Tensor {
    const count = unitsOf('RandomUnstructured', this.amount, t.numel());
    return count === 0 ? defaultMask.clone() : without(defaultMask, topk(randLike(t).reshape([-1]), count).indices);
  }
}

/** Prunes the elements nearest to 0. torch.nn.utils.prune.L1Unstructured */
export class L1Unstructured extends ByAmount {
  readonly pruningType = 'unstructured';

  computeMask(t: Tensor, defaultMask: Tensor): Tensor {
    const count = unitsOf('L1Unstructured', this.amount, t.numel());
    if (count === 0) return defaultMask.clone();
    return without(defaultMask, topk(t.abs().reshape([-1]), count, { largest: false }).indices);
  }
}

/** Prunes channels along a dim at random. torch.nn.utils.prune.RandomStructured */
export class RandomStructured extends ByAmount {
  readonly pruningType = 'structured';
  readonly dim: number;

  constructor(amount: number, dim = -1) {
    super(amount);
    this.dim = dim;
  }

  computeMask(t: Tensor, defaultMask: Tensor): Tensor {
    const dim = channelDim('RandomStructured', t, this.dim);
    const size = t.shape[dim] ?? 0;
    const count = unitsOf('RandomStructured', this.amount, size);
    if (count === 0) return defaultMask.clone();
    const drawn = rand([size], { device: t.device });
    const kept = drawn.gt(kthvalue(drawn, count).values).to(defaultMask.dtype);
    return defaultMask.mul(acrossDim(kept, t.shape.length, dim));
  }
}

/** What the norms of channels may be: p of the p-norm. */
export type ChannelNorm = number | 'fro';

/** Prunes the channels along a dim with the smallest norms of order n. torch.nn.utils.prune.LnStructured */
export class LnStructured extends ByAmount {
  readonly pruningType = 'structured';
  readonly n: ChannelNorm;
  readonly dim: number;

  constructor(amount: number, n: ChannelNorm, dim = -1) {
    super(amount);
    this.n = n;
    this.dim = dim;
  }

  computeMask(t: Tensor, defaultMask: Tensor): Tensor {
    const dim = channelDim('LnStructured', t, this.dim);
    const size = t.shape[dim] ?? 0;
    const count = unitsOf('LnStructured', this.amount, size);
    if (count === 0) return defaultMask.clone();
    const others = t.shape.map((_, d) => d).filter((d) => d !== dim);
    const norms = norm(t, others, { p: this.n === 'fro' ? 2 : this.n });
    const lost = topk(norms, count, { largest: false }).indices;
    return defaultMask.mul(acrossDim(indexFill(onesLike(norms), 0, lost, 0), t.shape.length, dim));
  }
}

/** Prunes what a mask says. torch.nn.utils.prune.CustomFromMask */
export class CustomFromMask extends BasePruningMethod {
  readonly pruningType = 'global';
  readonly mask: Tensor;

  constructor(mask: Tensor) {
    super();
    this.mask = mask;
  }

  computeMask(_t: Tensor, defaultMask: Tensor): Tensor {
    if (show(this.mask.shape) !== show(defaultMask.shape)) {
      const [own, other] = [this.mask, defaultMask].map((x) => show(x.shape));
      throw new ShapeError('CustomFromMask', `the mask has shape ${own}, the tensor ${other}. They must be equal.`);
    }
    return defaultMask.mul(this.mask.detach().to(defaultMask.dtype));
  }
}
