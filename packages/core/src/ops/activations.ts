// The activations that are more than relu, sigmoid and tanh, which elementwise.ts has: each line is the operation.

import {
  abs as absolute, constant, erf as errorFunction, exp as e, expm1 as em1, type Expr, log1p as ln1p, maximum as larger,
  minimum as smaller, override, select, tanh as tangenth,
} from '../kernel/index.ts'; // prettier-ignore
import { ternary, unary } from './elementwise-op.ts';
import { float, logistic, number, one } from './formulas.ts';

/** log(1 + e^x) without overflow. */
const softplusOf = (x: Expr): Expr => {
  const y = larger(x, 0).add(ln1p(e(absolute(x).neg())));
  return override(y, [[x, logistic(x)]]);
};

/** min(max(x, 0), 6). torch.nn.functional.relu6 */
export const relu6 = unary('relu6', (x) => select(x.le(0), 0, select(x.ge(6), 6, x)), number);
/** x where positive, negativeSlope·x elsewhere. torch.nn.functional.leaky_relu */
export const leakyRelu = unary('leakyRelu', (x, { negativeSlope }) => select(x.gt(0), x, x.mul(negativeSlope)), {
  ...float,
  options: { negativeSlope: 0.01 },
});
/** x where positive, α·(e^x − 1) elsewhere. torch.nn.functional.elu */
export const elu = unary('elu', (x, { alpha }) => select(x.le(0), em1(x).mul(alpha), x), {
  ...float,
  options: { alpha: 1 },
});
/** scale·(x where positive, α·(e^x − 1) elsewhere), https://arxiv.org/abs/1706.02515. torch.nn.functional.selu */
export const selu = unary(
  'selu',
  (x) => select(x.le(0), em1(x).mul(1.6732632423543772), x).mul(1.0507009873554805),
  float,
);
/** x where positive, α·(e^(x/α) − 1) elsewhere, https://arxiv.org/abs/1704.07483. torch.nn.functional.celu */
export const celu = unary('celu', (x, { alpha }) => select(x.le(0), em1(x.div(alpha)).mul(alpha), x), {
  ...float,
  options: { alpha: 1 },
});
/** x·Φ(x), or its tanh approximation, https://arxiv.org/abs/1606.08415. torch.nn.functional.gelu */
export const gelu = unary(
  'gelu',
  (x, { approximate }) => {
    const inner =
      approximate === 'tanh'
        ? tangenth(
            x
              .mul(x)
              .mul(x)
              .mul(0.044715)
              .add(x)
              .mul(Math.sqrt(2 / Math.PI)),
          )
        : errorFunction(x.mul(Math.SQRT1_2));
    return x.mul(0.5).mul(inner.add(1));
  },
  { ...float, options: { approximate: 'none' as 'none' | 'tanh' }, choices: { approximate: ['none', 'tanh'] } },
);
/** x·sigmoid(x), https://arxiv.org/abs/1702.03118. torch.nn.functional.silu */
export const silu = unary('silu', (x) => x.mul(logistic(x)), float);
/** x·tanh(softplus(x)), https://arxiv.org/abs/1908.08681. torch.nn.functional.mish */
export const mish = unary('mish', (x) => x.mul(tangenth(softplusOf(x))), float);
/** ln sigmoid(x), finite for every x. torch.nn.functional.logsigmoid */
export const logsigmoid = unary('logsigmoid', (x) => softplusOf(x.neg()).neg(), float);
/** ln(1 + e^(βx)) / β, x itself where βx > threshold. torch.nn.functional.softplus */
export const softplus = unary(
  'softplus',
  (x, { beta, threshold }) => select(x.mul(beta).gt(threshold), x, softplusOf(x.mul(beta)).div(beta)),
  {
    ...float,
    options: { beta: 1, threshold: 20 },
  },
);
/** x / (1 + |x|). torch.nn.functional.softsign */
export const softsign = unary('softsign', (x) => x.div(absolute(x).add(1)), float);
/** x − tanh(x). torch.nn.functional.tanhshrink */
export const tanhshrink = unary('tanhshrink', (x) => x.sub(tangenth(x)), float);
/** x moved towards 0 by lambd, 0 within it. torch.nn.functional.softshrink */
export const softshrink = unary(
  'softshrink',
  (x, { lambd }) => {
    const value = select(x.gt(lambd), x.sub(lambd), select(x.lt(lambd.neg()), x.add(lambd), 0));
    return override(value, [[x, select(x.ge(lambd.neg()).and(x.le(lambd)), 0, one(x))]]);
  },
  { ...float, options: { lambd: 0.5 } },
);
/** x, 0 within ±lambd. torch.nn.functional.hardshrink */
export const hardshrink = unary('hardshrink', (x, { lambd }) => select(x.ge(lambd.neg()).and(x.le(lambd)), 0, x), {
  ...float,
  options: { lambd: 0.5 },
});
/** x within [minVal, maxVal]. torch.nn.functional.hardtanh */
export const hardtanh = unary(
  'hardtanh',
  (x, { minVal, maxVal }) => select(x.le(minVal), minVal, select(x.ge(maxVal), maxVal, x)),
  { ...number, options: { minVal: -1, maxVal: 1 } },
);
/** (x + 3) / 6 within [0, 1]. torch.nn.functional.hardsigmoid */
export const hardsigmoid = unary(
  'hardsigmoid',
  (x) => {
    const value = select(x.le(-3), 0, select(x.ge(3), 1, x.add(3).div(6)));
    return override(value, [[x, select(x.gt(-3).and(x.lt(3)), constant(1 / 6, x.dtype), 0)]]);
  },
  float,
);
/** x·hardsigmoid(x), https://arxiv.org/abs/1905.02244. torch.nn.functional.hardswish */
export const hardswish = unary(
  'hardswish',
  (x) => {
    const value = x.mul(smaller(larger(x.add(3), 0), 6)).div(6);
    return override(value, [[x, select(x.lt(-3), 0, select(x.le(3), x.div(3).add(0.5), 1))]]);
  },
  float,
);
/** x where above `threshold`, `value` elsewhere. torch.nn.functional.threshold */
export const threshold = ternary('threshold', (x, limit, value) => select(x.le(limit), value, x), number);
