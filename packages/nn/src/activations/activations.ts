// The element-wise activations, a line each. The formulas are those of core's tables of element-wise
// operations; every one takes { inplace } besides its options. Marked pure, so that bundlers drop those that are not used.

import {
  celu,
  elu,
  gelu,
  hardshrink,
  hardsigmoid,
  hardswish,
  hardtanh,
  leakyRelu,
  logsigmoid,
  mish,
  relu,
  relu6,
  selu,
  sigmoid,
  silu,
  softplus,
  softshrink,
  softsign,
  tanh,
  tanhshrink,
} from '@rushlight/core';
import { activation } from './activation.ts';

/** max(x, 0). torch.nn.ReLU */
export class ReLU extends /* @__PURE__ */ activation(relu) {}
/** min(max(x, 0), 6). torch.nn.ReLU6 */
export class ReLU6 extends /* @__PURE__ */ activation(relu6) {}
/** x where positive, negativeSlope·x elsewhere. torch.nn.LeakyReLU */
export class LeakyReLU extends /* @__PURE__ */ activation(leakyRelu, { negativeSlope: 0.01 }) {}
/** x where positive, α·(e^x − 1) elsewhere. torch.nn.ELU */
export class ELU extends /* @__PURE__ */ activation(elu, { alpha: 1 }) {}
/** ELU scaled so that it keeps mean 0 and variance 1, https://arxiv.org/abs/1706.02515. torch.nn.SELU */
export class SELU extends /* @__PURE__ */ activation(selu) {}
/** x where positive, α·(e^(x/α) − 1) elsewhere. torch.nn.CELU */
export class CELU extends /* @__PURE__ */ activation(celu, { alpha: 1 }) {}
/** x·Φ(x), or with `approximate: 'tanh'` nearly so. torch.nn.GELU */
export class GELU extends /* @__PURE__ */ activation(gelu, { approximate: 'none' as 'none' | 'tanh' }) {}
/** x·sigmoid(x). torch.nn.SiLU */
export class SiLU extends /* @__PURE__ */ activation(silu) {}
/** x·tanh(softplus(x)). torch.nn.Mish */
export class Mish extends /* @__PURE__ */ activation(mish) {}
/** 1 / (1 + e^−x). torch.nn.Sigmoid */
export class Sigmoid extends /* @__PURE__ */ activation(sigmoid) {}
/** torch.nn.Tanh */
export class Tanh extends /* @__PURE__ */ activation(tanh) {}
/** ln(1 + e^(βx)) / β, x itself where βx > threshold. torch.nn.Softplus */
export class Softplus extends /* @__PURE__ */ activation(softplus, { beta: 1, threshold: 20 }) {}
/** x / (1 + |x|). torch.nn.Softsign */
export class Softsign extends /* @__PURE__ */ activation(softsign) {}
/** ln sigmoid(x). torch.nn.LogSigmoid */
export class LogSigmoid extends /* @__PURE__ */ activation(logsigmoid) {}
/** x within [minVal, maxVal]. torch.nn.Hardtanh */
export class Hardtanh extends /* @__PURE__ */ activation(hardtanh, { minVal: -1, maxVal: 1 }) {}
/** (x + 3) / 6 within [0, 1]. torch.nn.Hardsigmoid */
export class Hardsigmoid extends /* @__PURE__ */ activation(hardsigmoid) {}
/** x·hardsigmoid(x). torch.nn.Hardswish */
export class Hardswish extends /* @__PURE__ */ activation(hardswish) {}
/** x − tanh(x). torch.nn.Tanhshrink */
export class Tanhshrink extends /* @__PURE__ */ activation(tanhshrink) {}
/** x moved towards 0 by lambd. torch.nn.Softshrink */
export class Softshrink extends /* @__PURE__ */ activation(softshrink, { lambd: 0.5 }) {
  override extraRepr(): string {
    return String(this.lambd);
  }
}
/** x, 0 within ±lambd. torch.nn.Hardshrink */
export class Hardshrink extends /* @__PURE__ */ activation(hardshrink, { lambd: 0.5 }) {
  override extraRepr(): string {
    return String(this.lambd);
  }
}
