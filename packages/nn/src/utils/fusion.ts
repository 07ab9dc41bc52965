// A layer and the batch norm after it as one layer, for evaluation.

import { onesLike, rsqrt, ValueError, zerosLike, type Tensor } from '@rushlight/core';
import { withoutInit } from '../init/skipped.ts';
import type { BatchNorm1d, BatchNorm2d, BatchNorm3d } from '../layers/batch-norm.ts';
import type { ConvTranspose1d, ConvTranspose2d, ConvTranspose3d } from '../layers/conv-transpose.ts';
import type { Conv1d, Conv2d, Conv3d } from '../layers/conv.ts';
import { Linear } from '../layers/linear.ts';
import type { Module } from '../module/module.ts';
import { Parameter } from '../parameter.ts';

type AnyBatchNorm = BatchNorm1d | BatchNorm2d | BatchNorm3d;
type AnyConv = Conv1d | Conv2d | Conv3d | ConvTranspose1d | ConvTranspose2d | ConvTranspose3d;

export interface FuseConvOptions {
  /** The weight is that of a transposed convolution, [in, out, *kernel]. Default false. */
  readonly transpose?: boolean;
}

type Fused = [weight: Parameter, bias: Parameter];

/**
 * The weight and bias of a convolution that does what one and the batch norm after it do in evaluation.
 * torch.nn.utils.fusion.fuse_conv_bn_weights
 */
export function fuseConvBnWeights(
  weight: Tensor,
  bias: Tensor | null,
  runningMean: Tensor,
  runningVar: Tensor,
  eps: number,
  bnWeight: Tensor | null,
  bnBias: Tensor | null,
  { transpose = false }: FuseConvOptions = {},
): Fused {
  const scale = (bnWeight ?? onesLike(runningMean)).mul(rsqrt(runningVar.add(eps)));
  const shape = weight.shape.map((_, d) => (d === (transpose ? 1 : 0) ? -1 : 1));
  const shifted = (bias ?? zerosLike(runningMean)).sub(runningMean).mul(scale);
  return [
    new Parameter(weight.mul(scale.reshape(shape)).detach()),
    new Parameter(shifted.add(bnBias ?? zerosLike(runningMean)).detach()),
  ];
}

/** The same of a linear layer. torch.nn.utils.fusion.fuse_linear_bn_weights */
export function fuseLinearBnWeights(
  weight: Tensor,
  bias: Tensor | null,
  runningMean: Tensor,
  runningVar: Tensor,
  eps: number,
  bnWeight: Tensor | null,
  bnBias: Tensor | null,
): Fused {
  return fuseConvBnWeights(weight, bias, runningMean, runningVar, eps, bnWeight, bnBias);
}

/** What a batch norm remembers. Throws ValueError in training, or where it remembers nothing. */
function running(op: string, layer: Module, bn: AnyBatchNorm): [mean: Tensor, variance: Tensor] {
  if (layer.training || bn.training) {
    const which = layer.training ? String(layer) : String(bn);
    throw new ValueError(op, `${which} is in training. Call eval() on both: only then is there one layer for two.`);
  }
  const { running_mean: mean, running_var: variance } = bn;
  if (mean && variance) return [mean, variance];
  throw new ValueError(op, `${String(bn)} has no running mean and variance. Use one with trackRunningStats.`);
}

const placed = ({ device, dtype }: Tensor): Pick<Tensor, 'device' | 'dtype'> => ({ device, dtype });

/**
 * A convolution that does what `conv` and then `bn` do, both in evaluation. Throws ValueError in training.
 * torch.nn.utils.fusion.fuse_conv_bn_eval
 */
export function fuseConvBnEval<C extends AnyConv>(conv: C, bn: AnyBatchNorm, options: FuseConvOptions = {}): C {
  const [mean, variance] = running('fuseConvBnEval', conv, bn);
  const { inChannels, outChannels, kernelSize, stride, padding, dilation, groups } = conv;
  const special = {
    ...('paddingMode' in conv && { paddingMode: conv.paddingMode }),
    ...('outputPadding' in conv && { outputPadding: conv.outputPadding }),
  };
  const Conv = conv.constructor as new (into: number, out: number, size: readonly number[], options: object) => C;
  const given = { stride, padding, dilation, groups, ...special, ...placed(conv.weight) };
  const fused = withoutInit(() => new Conv(inChannels, outChannels, kernelSize, given));
  const { eps, weight, bias } = bn;
  [fused.weight, fused.bias] = fuseConvBnWeights(conv.weight, conv.bias, mean, variance, eps, weight, bias, options);
  fused.eval();
  return fused;
}

/**
 * A linear layer that does what `linear` and then `bn` do, both in evaluation. Throws ValueError in training.
 * torch.nn.utils.fusion.fuse_linear_bn_eval
 */
export function fuseLinearBnEval(linear: Linear, bn: AnyBatchNorm): Linear {
  const [mean, variance] = running('fuseLinearBnEval', linear, bn);
  const [outFeatures = 0, inFeatures = 0] = linear.weight.shape;
  const fused = withoutInit(() => new Linear(inFeatures, outFeatures, placed(linear.weight)));
  const { eps, weight, bias } = bn;
  [fused.weight, fused.bias] = fuseLinearBnWeights(linear.weight, linear.bias, mean, variance, eps, weight, bias);
  return fused.eval();
}
