// What is measured: a training step or a kernel, on arrays that every contender is handed.

import type { ArrayMaker } from './array-maker.ts';

/** What a contender has to be able to build; each knows these by name. */
export type Kind =
  | 'mlp'
  | 'cnn'
  | 'charlm'
  | 'gru'
  | 'matmul'
  | 'conv'
  | 'softmax'
  | 'layer-norm'
  | 'cross-entropy'
  | 'gelu'
  | 'adam'
  | 'registers'
  | 'registers-gpu';

/** PyTorch's optimizers under PyTorch's names, with its defaults for what is not said. */
export interface OptimizerSpec {
  readonly name: 'SGD' | 'Adam' | 'AdamW' | 'Adadelta';
  readonly lr: number;
}

export interface Workload {
  readonly name: string;
  readonly group: 'training' | 'kernels';
  /** One line for the tables. */
  readonly title: string;
  readonly kind: Kind;
  readonly optimizer?: OptimizerSpec;
  /** Numbers that the kind needs besides its arrays: strides, heads. */
  readonly settings?: Readonly<Record<string, number>>;
  /** Timed with dropout; compared without, since no two libraries draw the same mask. */
  readonly dropout?: boolean;
  /** The steps after which all contenders must agree, and within which relative difference. */
  readonly checks: readonly number[];
  readonly tolerance: number;
  /** Floating-point operations of a step, where they say something. */
  readonly flops?: number;
  /** `too`: also measured on GPUs; `only`: it would take a CPU too long, and is measured there when it is named in full. */
  readonly gpu?: 'too' | 'only';
  /** Fills the arrays: the parameters under the keys of PyTorch's state dict, then the data. */
  readonly arrays: (make: ArrayMaker) => void;
}
