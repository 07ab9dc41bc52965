/**
 * What Stirling's formula leaves of ln k!: ln k! = (k + ½)·ln(k + 1) − (k + 1) + ½ ln 2π + this. Up to 9 a fraction of k is cut
 * off, as by PyTorch's table.
 */
export function stirlingTail(k: number): number {
  const n = k + 1;
  if (k > 9) return (1 / 12 - (1 / 360 - 1 / 1260 / (n * n)) / (n * n)) / n;
  const whole = Math.floor(k);
  let factorial = 1;
  for (let i = 2; i <= whole; i++) factorial *= i;
  return Math.log(factorial) - ((whole + 0.5) * Math.log(whole + 1) - whole - 1 + 0.5 * Math.log(2 * Math.PI));
}

/** ln k! for whole k ≥ 0. */
export function lnFactorial(k: number): number {
  const n = k + 1;
  // Six terms of the series: at k = 10 the next one is below 1e-17.
  const tail =
    k > 9 ? stirlingTail(k) + (-1 / 1680 + (1 / 1188 - 691 / 360360 / (n * n)) / (n * n)) / n ** 7 : stirlingTail(k);
  return (k + 0.5) * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI) + tail;
}
