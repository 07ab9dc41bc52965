// Where element-wise operations are smooth: the ranges of their operands, one per operand. What is not listed takes
// numbers at 0.3 … 2.6 from zero. And options besides those that follow from a number's default.

type Range = readonly [low: number, high: number];

/** What an operand is made of: numbers of a range, or whatever is not 0. */
type Domain = Range | 'nonzero' | undefined;

export const domains: Readonly<Record<string, readonly Domain[]>> = {
  acos: [[-0.85, 0.85]],
  acosh: [[1.2, 4]],
  asin: [[-0.85, 0.85]],
  atanh: [[-0.85, 0.85]],
  bitwiseLeftShift: [[-5, 5], [0, 6]],
  bitwiseRightShift: [[-5, 5], [0, 6]],
  div: ['nonzero', 'nonzero'],
  erfinv: [[-0.85, 0.85]],
  floorDivide: ['nonzero', 'nonzero'],
  fmod: ['nonzero', 'nonzero'],
  hardsigmoid: [[-6, 6]],
  hardswish: [[-6, 6]],
  lerp: [undefined, undefined, [0.6, 0.95]],
  log: [[0.2, 4]],
  log10: [[0.2, 4]],
  log1p: [[-0.7, 3]],
  log2: [[0.2, 4]],
  logit: [[0.23, 0.77]],
  pow: [[0.3, 2.5], [0.3, 2.6]],
  relu6: [[-3, 9]],
  remainder: ['nonzero', 'nonzero'],
  rsqrt: [[0.2, 4]],
  sqrt: [[0.2, 4]],
  tan: [[-1.2, 1.2]],
  xlogy: [undefined, [0.2, 3]],
}; // prettier-ignore

export const variants: Readonly<Record<string, readonly object[]>> = {
  div: [{ roundingMode: 'floor' }, { roundingMode: 'trunc' }],
  gelu: [{ approximate: 'tanh' }],
  isclose: [{ rtol: 0.25, atol: 0.125, equalNan: true }],
  logit: [{ eps: 0.125 }],
  nanToNum: [{ nan: 2, posinf: 7, neginf: -7 }],
};

/** The same, for floats alone. */
export const floatVariants: Readonly<Record<string, readonly object[]>> = {
  round: [{ decimals: 2 }],
};
