// An array in two numbers that any other order, sign or scale of its elements would change.

/** How far an optimizer has moved a parameter, in steps of its rate: the start would hide a wrong update. */
export const travelled = (param: Float32Array, start: ArrayLike<number>, lr: number): Float32Array =>
  param.map((value, i) => (value - Number(start[i])) / lr);

/** Its root mean square, and 2 + its normalised product with a fixed pattern: neither comes near zero. */
export function digest(values: ArrayLike<number>): [rms: number, pattern: number] {
  let squares = 0;
  let product = 0;
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]);
    squares += value * value;
    product += value * (((i * 7919) % 1013) / 1013 - 0.5);
  }
  const rms = Math.sqrt(squares / values.length);
  return [rms, 2 + product / Math.sqrt(values.length) / rms];
}
