// @rushlight/core: tensors, autograd, random numbers, and the loop descriptions that layers and losses are written in.

export * from './kernel/backend.ts';
export { describe, dtypes, isDType, isFloat, type DType, type TypedArray } from './kernel/dtype.ts';
export * from './errors.ts';
export {
  defaultDevice,
  devices,
  Device,
  findDevice,
  memory,
  openBackend,
  untracked,
  useBackend,
  type BackendSource,
  type DeviceMemory,
} from './device.ts';
export { effect, record, Recording, type LiveNumber } from './dispatch.ts';
export { enableGrad, isGradEnabled, noGrad } from './grad-mode.ts';
export { isTensor } from './is-tensor.ts';
export { tidy } from './tidy.ts';
export { Tensor, type BackwardOptions } from './tensor.ts';
export * from './creation.ts';
export { resultType } from './promotion.ts';

export * from './ops/activations.ts';
export { applyInplace } from './ops/elementwise-op.ts';
export * from './ops/elementwise.ts';
export * from './ops/special.ts';
export * from './ops/reduction.ts';
export * from './ops/view.ts';
export * from './ops/windowed-views.ts';
// The maker of ranges; the operation of that name is a method.
export { Slice, slice } from './ops/slice.ts';
export * from './ops/gather-scatter.ts';
export * from './ops/index-along.ts';
export * from './ops/indexing.ts';
export * from './ops/mask.ts';
export * from './ops/scan.ts';
export * from './ops/sort.ts';
export * from './ops/triangle.ts';
export * from './ops/agreement.ts';
export * from './ops/broadcast.ts';
export * from './ops/embedding.ts';
export * from './ops/one-hot.ts';
export type { ScatterReduction } from './ops/scatter-reduction.ts';
export { clone } from './ops/copy.ts';
export * from './ops/join.ts';
export * from './ops/arrange.ts';
export { clamp, type ClampOptions } from './ops/clamp.ts';
export { flip, padConstant } from './ops/pad.ts';
export { pad, type PadOptions } from './ops/pad-modes.ts';
export * from './ops/matmul.ts';
export * from './ops/matrix-products.ts';
export * from './ops/conv.ts';
export { maxPool1d, maxPool2d, maxPool3d, type MaxPool, type MaxPoolOptions } from './ops/max-pool.ts';
export { avgPool1d, avgPool2d, avgPool3d, type AvgPoolOptions } from './ops/avg-pool.ts';
export * from './ops/adaptive-pool.ts';
export type { PerDim } from './ops/per-dim.ts';
export { dropout, type DropoutOptions } from './ops/dropout.ts';
export { where } from './ops/where.ts';
export { loopOp, runLoop, type LoopOp, type LoopOptions, type Variant } from './ops/loop.ts';
export { LoopBuilder } from './ops/loop-spec.ts';
export { letGo } from './ops/scratch.ts';

export { Generator } from './random/generator.ts';
export * from './random/default-generator.ts';
export * from './random/random-tensors.ts';
export { drawPermutation, drawSeed } from './random/draw-integers.ts';
export { drawNormal } from './random/draw-normal.ts';
export { drawUniform } from './random/draw-uniform.ts';
export { setPrintOptions, type PrintOptions } from './format/print-options.ts';

export * as autograd from './autograd/index.ts';
export { checkpoint } from './autograd/checkpoint.ts';
export { recordReady, type ReadyGradient } from './autograd/ready-gradient.ts';
