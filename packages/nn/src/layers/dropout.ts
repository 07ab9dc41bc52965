import {
  alphaDropout, dropout, dropout1d, dropout2d, dropout3d, featureAlphaDropout, ValueError, type Tensor,
} from '@rushlight/core'; // prettier-ignore
import { hasModes } from '../module/members.ts';
import { Module } from '../module/module.ts';
import { reprOptions } from '../module/print.ts';

export interface DropoutOptions {
  /** The probability of an element, or of a channel, to be dropped. Default 0.5. */
  readonly p?: number;
  /** Overwrite the input. Default false. */
  readonly inplace?: boolean;
}

abstract class AnyDropout extends Module<[x: Tensor], Tensor> {
  p: number;
  inplace: boolean;
  readonly #op: typeof dropout;

  constructor(op: typeof dropout, { p = 0.5, inplace = false }: DropoutOptions) {
    super();
    if (!(p >= 0 && p <= 1))
      throw new ValueError(this.constructor.name, `the probability is ${p}. It must lie in [0, 1].`);
    this.p = p;
    this.inplace = inplace;
    this.#op = op;
  }

  /** @internal */
  override get [hasModes](): boolean {
    return true;
  }

  forward(x: Tensor): Tensor {
    const { p, inplace, training } = this;
    return this.#op(x, { p, inplace, training });
  }

  override extraRepr(): string {
    return reprOptions({ p: this.p, inplace: this.inplace });
  }
}

/**
 * In training, sets elements to 0 with probability p and scales the rest by 1 / (1 − p); in evaluation passes its input
 * through. torch.nn.Dropout, https://arxiv.org/abs/1207.0580
 */
export class Dropout extends AnyDropout {
  constructor(options: DropoutOptions = {}) {
    super(dropout, options);
  }
}

/**
 * As Dropout, where all of a channel is dropped or nothing of it: of [N, C, L] or [C, L]. https://arxiv.org/abs/1411.4280.
 * torch.nn.Dropout1d
 */
export class Dropout1d extends AnyDropout {
  constructor(options: DropoutOptions = {}) {
    super(dropout1d, options);
  }
}

/** As Dropout1d over images: of [N, C, H, W]; three dims are taken as [N, C, L]. torch.nn.Dropout2d */
export class Dropout2d extends AnyDropout {
  constructor(options: DropoutOptions = {}) {
    super(dropout2d, options);
  }
}

/** As Dropout1d over volumes: of [N, C, D, H, W] or [C, D, H, W]. torch.nn.Dropout3d */
export class Dropout3d extends AnyDropout {
  constructor(options: DropoutOptions = {}) {
    super(dropout3d, options);
  }
}

/**
 * Dropout after SELU: in training, elements become SELU's lowest value with probability p, and all is scaled and shifted so that
 * mean 0 and variance 1 stay. https://arxiv.org/abs/1706.02515. torch.nn.AlphaDropout
 */
export class AlphaDropout extends AnyDropout {
  constructor(options: DropoutOptions = {}) {
    super(alphaDropout, options);
  }
}

/** As AlphaDropout, where all of a channel of [N, C, *] is dropped or nothing of it. torch.nn.FeatureAlphaDropout */
export class FeatureAlphaDropout extends AnyDropout {
  constructor(options: DropoutOptions = {}) {
    super(featureAlphaDropout, options);
  }
}
