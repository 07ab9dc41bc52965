/** The nearest integer, of two the even one, as Python and IEEE 754 round. */
export function roundEven(x: number): number {
  const up = Math.floor(x + 0.5);
  return up - x === 0.5 && up % 2 !== 0 ? up - 1 : up;
}
