// Borders as layers. What tells them apart is what the border holds and over how many dims it goes.

import { pad, ShapeError, show, ValueError, type PadOptions, type PerDim, type Tensor } from '@rushlight/core';
import { Module } from '../module/module.ts';
import { reprOptions } from '../module/print.ts';

/** One number for every end, or [before, after] of the last dim, then of the one before it, …; negative ones cut off. */
export type Padding = PerDim;

abstract class Pad extends Module<[x: Tensor], Tensor> {
  readonly padding: readonly number[];

  constructor(rank: number, padding: Padding) {
    super();
    const all = typeof padding === 'number' ? new Array<number>(2 * rank).fill(padding) : padding;
    const layer = this.constructor.name;
    if (all.length !== 2 * rank)
      throw new ShapeError(layer, `padding ${show(all)} has ${all.length} numbers. Give one, or ${2 * rank}.`);
    if (!all.every(Number.isInteger))
      throw new ValueError(layer, `padding ${show(all)} must be whole numbers. Round them.`);
    this.padding = all;
  }

  override extraRepr(): string {
    return `[${this.padding.join(', ')}]`;
  }
}

abstract class ConstantPad extends Pad {
  readonly value: number;

  constructor(rank: number, padding: Padding, value: number) {
    super(rank, padding);
    this.value = value;
  }

  forward(x: Tensor): Tensor {
    return pad(x, this.padding, { value: this.value });
  }

  override extraRepr(): string {
    return reprOptions({ padding: this.padding, value: this.value });
  }
}

/** A border of one value around the last dim. torch.nn.ConstantPad1d */
export class ConstantPad1d extends ConstantPad {
  constructor(padding: Padding, value: number) {
    super(1, padding, value);
  }
}

/** A border of one value around the last two dims. torch.nn.ConstantPad2d */
export class ConstantPad2d extends ConstantPad {
  constructor(padding: Padding, value: number) {
    super(2, padding, value);
  }
}

/** A border of one value around the last three dims. torch.nn.ConstantPad3d */
export class ConstantPad3d extends ConstantPad {
  constructor(padding: Padding, value: number) {
    super(3, padding, value);
  }
}

abstract class ZeroPad extends ConstantPad {
  constructor(rank: number, padding: Padding) {
    super(rank, padding, 0);
  }

  override extraRepr(): string {
    return `[${this.padding.join(', ')}]`;
  }
}

/** A border of zeros around the last dim. torch.nn.ZeroPad1d */
export class ZeroPad1d extends ZeroPad {
  constructor(padding: Padding) {
    super(1, padding);
  }
}

/** A border of zeros around the last two dims. torch.nn.ZeroPad2d */
export class ZeroPad2d extends ZeroPad {
  constructor(padding: Padding) {
    super(2, padding);
  }
}

/** A border of zeros around the last three dims. torch.nn.ZeroPad3d */
export class ZeroPad3d extends ZeroPad {
  constructor(padding: Padding) {
    super(3, padding);
  }
}

type ContinuedMode = Exclude<PadOptions['mode'], 'constant' | undefined>;

/** Borders made of what they surround, which takes [C, …] or [N, C, …]. */
abstract class ContinuedPad extends Pad {
  readonly #mode: ContinuedMode;

  constructor(mode: ContinuedMode, rank: number, padding: Padding) {
    super(rank, padding);
    this.#mode = mode;
  }

  forward(x: Tensor): Tensor {
    const rank = this.padding.length / 2;
    if (x.shape.length !== rank + 1 && x.shape.length !== rank + 2) {
      throw new ShapeError(
        this.constructor.name,
        `the input ${show(x.shape)} has ${x.shape.length} dims. It takes [N, C, …] or [C, …] with ${rank} more.`,
      );
    }
    return pad(x, this.padding, { mode: this.#mode });
  }
}

/** The class of such borders around the last `rank` dims. */
function continued(mode: ContinuedMode, rank: number): new (padding: Padding) => ContinuedPad {
  return class extends ContinuedPad {
    constructor(padding: Padding) {
      super(mode, rank, padding);
    }
  };
}

/** Mirrors the last dim of [N, C, L] or [C, L] at its ends, which are not repeated: less than L on each. torch.nn.ReflectionPad1d */
export class ReflectionPad1d extends /* @__PURE__ */ continued('reflect', 1) {}

/** As ReflectionPad1d over two dims: [N, C, H, W] or [C, H, W]. torch.nn.ReflectionPad2d */
export class ReflectionPad2d extends /* @__PURE__ */ continued('reflect', 2) {}

/** As ReflectionPad1d over three dims: [N, C, D, H, W] or [C, D, H, W]. torch.nn.ReflectionPad3d */
export class ReflectionPad3d extends /* @__PURE__ */ continued('reflect', 3) {}

/** Repeats the ends of the last dim of [N, C, L] or [C, L]. torch.nn.ReplicationPad1d */
export class ReplicationPad1d extends /* @__PURE__ */ continued('replicate', 1) {}

/** As ReplicationPad1d over two dims: [N, C, H, W] or [C, H, W]. torch.nn.ReplicationPad2d */
export class ReplicationPad2d extends /* @__PURE__ */ continued('replicate', 2) {}

/** As ReplicationPad1d over three dims: [N, C, D, H, W] or [C, D, H, W]. torch.nn.ReplicationPad3d */
export class ReplicationPad3d extends /* @__PURE__ */ continued('replicate', 3) {}

/** Continues the last dim of [N, C, L] or [C, L] with its other end: at most L on each. torch.nn.CircularPad1d */
export class CircularPad1d extends /* @__PURE__ */ continued('circular', 1) {}

/** As CircularPad1d over two dims: [N, C, H, W] or [C, H, W]. torch.nn.CircularPad2d */
export class CircularPad2d extends /* @__PURE__ */ continued('circular', 2) {}

/** As CircularPad1d over three dims: [N, C, D, H, W] or [C, D, H, W]. torch.nn.CircularPad3d */
export class CircularPad3d extends /* @__PURE__ */ continued('circular', 3) {}
