import { applyInplace, threshold as aboveThreshold, type Tensor } from '@rushlight/core';
import { Module } from '../module/module.ts';
import { reprOptions } from '../module/print.ts';

/** x where above `threshold`, `value` elsewhere. torch.nn.Threshold */
export class Threshold extends Module<[x: Tensor], Tensor> {
  threshold: number;
  value: number;
  inplace: boolean;

  constructor(threshold: number, value: number, { inplace = false }: { readonly inplace?: boolean } = {}) {
    super();
    this.threshold = threshold;
    this.value = value;
    this.inplace = inplace;
  }

  forward(x: Tensor): Tensor {
    const { threshold, value } = this;
    return this.inplace ? applyInplace(aboveThreshold, x, [threshold, value]) : aboveThreshold(x, threshold, value);
  }

  override extraRepr(): string {
    const { threshold, value, inplace } = this;
    return reprOptions({ threshold, value, ...(inplace && { inplace }) });
  }
}
