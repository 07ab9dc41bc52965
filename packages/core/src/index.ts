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
export { reopenBackend } from './reopen-backend.ts';
export { effect, record, Recording, type LiveNumber } from './dispatch.ts';
export { enableGrad, isGradEnabled, noGrad } from './grad-mode.ts';
export { autocasting, computeIn, outsideAutocast } from './autocast-mode.ts';
export { autocast, getAutocastDtype, isAutocastEnabled, type AutocastOptions } from './autocast.ts';
export { customBwd, customFwd, type CustomFwdOptions } from './autocast-function.ts';
export { taskLocal, type TaskLocal } from './task-local.ts';
export { isTensor } from './is-tensor.ts';
export { tidy } from './tidy.ts';
export { Tensor, type BackwardOptions } from './tensor.ts';
export * from './creation.ts';
export { resultType } from './promotion.ts';
export { getDefaultDtype, setDefaultDtype } from './default-dtype.ts';

export * from './ops/activations.ts';
export { applyInplace } from './ops/elementwise-op.ts';
export * from './ops/elementwise.ts';
export * from './ops/weighted-sums.ts';
export * from './ops/special.ts';
export * from './ops/aliases.ts';
export { clip } from './ops/clip.ts';
export * from './ops/float-parts.ts';
export * from './ops/gamma.ts';
export { i0 } from './ops/i0.ts';
export * as special from './ops/special-namespace.ts';
export * from './ops/whole-numbers.ts';
export * from './ops/complex-numbers.ts';
export * from './ops/diagflat.ts';
export { canCast, finfo, iinfo, promoteTypes, type FloatInfo, type IntInfo } from './ops/dtype-facts.ts';
export * from './ops/facts.ts';
export * from './ops/from-data.ts';
export * from './ops/masked-scatter.ts';
export * from './ops/more-dims.ts';
export * from './ops/put.ts';
export * from './ops/renamed-views.ts';
export * from './ops/scatter-views.ts';
export * from './ops/splitting.ts';
export * from './ops/window-functions.ts';
export * from './ops/norm.ts';
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
export { unravelIndex } from './ops/unravel-index.ts';
export * from './ops/agreement.ts';
export * from './ops/broadcast.ts';
export * from './ops/distance.ts';
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
export * from './ops/vector-products.ts';
export { einsum, type Sublist } from './ops/einsum.ts';
export { tensordot, type TensordotDims } from './ops/tensordot.ts';
export { chainMatmul, multiDot } from './ops/multi-dot.ts';
export { cdist, type CdistOptions } from './ops/cdist.ts';
export { cartesianProd, combinations, type CombinationsOptions } from './ops/combinations.ts';
export { blockDiag } from './ops/block-diag.ts';
export { trilIndices, triuIndices, type TriangleIndicesOptions } from './ops/triangle-indices.ts';
export { vander, type VanderOptions } from './ops/vander.ts';
export { broadcastShapes } from './ops/broadcast-shapes.ts';
export * from './ops/unique.ts';
export * from './ops/bincount.ts';
export * from './ops/searchsorted.ts';
export * from './ops/histogram.ts';
export { nanmean, nanmedian, nansum } from './ops/nan-reductions.ts';
export { mode } from './ops/mode.ts';
export * from './ops/quantile.ts';
export * from './ops/std-mean.ts';
export * from './ops/covariance.ts';
export * from './ops/diff.ts';
export { gradient, type GradientOptions } from './ops/numerical-gradient.ts';
export * from './ops/trapezoid.ts';
export * from './ops/renorm.ts';
export * from './ops/conv.ts';
export { maxPool1d, maxPool2d, maxPool3d, type MaxPool, type MaxPoolOptions } from './ops/max-pool.ts';
export { avgPool1d, avgPool2d, avgPool3d, type AvgPoolOptions } from './ops/avg-pool.ts';
export * from './ops/adaptive-pool.ts';
export * from './ops/fold.ts';
export * from './ops/fractional-max-pool.ts';
export * from './ops/max-unpool.ts';
export * from './ops/shuffle.ts';
export type { PerDim } from './ops/per-dim.ts';
export { dropout, type DropoutOptions } from './ops/dropout.ts';
export { dropout1d, dropout2d, dropout3d } from './ops/channel-dropout.ts';
export { alphaDropout, featureAlphaDropout } from './ops/alpha-dropout.ts';
export { prelu } from './ops/prelu.ts';
export { rrelu, rrelu_, type RReLUOptions } from './ops/rrelu.ts';
export { where } from './ops/where-found.ts';
export { loopOp, runLoop, type LoopOp, type LoopOptions, type Variant } from './ops/loop.ts';
export { LoopBuilder } from './ops/loop-spec.ts';
export { letGo, scratch } from './ops/scratch.ts';

export { Generator } from './random/generator.ts';
export * from './random/default-generator.ts';
export * from './random/random-tensors.ts';
export { drawPermutation, drawSeed } from './random/draw-integers.ts';
export { drawMultinomial, type DrawMultinomialOptions } from './random/draw-multinomial.ts';
export { drawNormal } from './random/draw-normal.ts';
export { exponential_ } from './random/distributions.ts';
export { drawUniform } from './random/draw-uniform.ts';
export { setPrintOptions, type PrintOptions } from './format/print-options.ts';

export * as linalg from './linalg/index.ts';
export * from './linalg/torch-names.ts';
export {
  pcaLowrank, pcaLowrankAsync, svdLowrank, svdLowrankAsync, type PcaLowrankOptions, type SvdLowrankOptions,
} from './linalg/low-rank.ts'; // prettier-ignore
export { luUnpack, luUnpackAsync, type LUUnpackOptions } from './linalg/lu.ts';

export * as autograd from './autograd/index.ts';
export { needsGraph } from './autograd/state.ts';
export { checkpoint } from './autograd/checkpoint.ts';
export * from './profile/profile.ts';
export { warmup } from './profile/warmup.ts';
export * as func from './vmap/index.ts';
export { vmap, type LaneDims, type VmapOptions } from './vmap/vmap.ts';
export { recordReady, type ReadyGradient } from './autograd/ready-gradient.ts';
