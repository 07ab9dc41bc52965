// Numbers of the formulas as text of WGSL.

const float = new Float32Array(1);
const words = new Uint32Array(float.buffer);

/** The float32 nearest to a number. */
export const f = (x: number): string => `${Math.fround(x)}f`;

/** Its bits. */
export function bits(x: number): string {
  float[0] = x;
  return `0x${(words[0] ?? 0).toString(16)}u`;
}

/** A number cut off to so many binary digits: its product with another short one is exact. */
export function cut(x: number, digits: number): number {
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(x))) + 1 - digits);
  return Math.trunc(x / unit) * unit;
}

/** c₀ + c₁x + c₂x² + … by Horner's rule, of a variable's name. */
export function polynomial(x: string, [first = 0, ...rest]: readonly number[]): string {
  return rest.length === 0 ? f(first) : `fma(${polynomial(x, rest)}, ${x}, ${f(first)})`;
}
