// Decimal text as Python writes it, so that printed tensors match PyTorch's to the letter. JavaScript's own toFixed and
// toExponential differ in ties, which they round up where Python rounds to even, and in the spelling of what is not finite.

/** `x` with `digits` decimals: Python's `'{:.nf}'`. */
export function fixed(x: number, digits: number): string {
  return signed(x, (magnitude) => {
    // From here on toFixed turns to exponents; such numbers are integers.
    if (magnitude >= 1e21) return BigInt(magnitude).toString() + (digits ? '.' + '0'.repeat(digits) : '');
    return toEven(magnitude.toFixed(digits), magnitude.toFixed(digits + spareDigits), digits);
  });
}

/** `x` as a mantissa with `digits` decimals and an exponent of at least two: Python's `'{:.ne}'`. */
export function scientific(x: number, digits: number): string {
  return signed(x, (magnitude) =>
    toEven(magnitude.toExponential(digits), magnitude.toExponential(digits + spareDigits), digits).replace(
      /e([+-])(\d)$/,
      'e$10$2',
    ),
  );
}

/** More decimals than a double needs to show on which side of a tie it lies. */
const spareDigits = 20;

/** The most digits that JavaScript can be asked for. */
export const maxDigits = 100 - spareDigits;

function signed(x: number, write: (magnitude: number) => string): string {
  if (Number.isNaN(x)) return 'nan';
  const sign = x < 0 || Object.is(x, -0) ? '-' : '';
  return sign + (Math.abs(x) === Infinity ? 'inf' : write(Math.abs(x)));
}

/** `rounded`, or what `long` is cut to where that is as near and even. */
function toEven(rounded: string, long: string, digits: number): string {
  const [mantissa = '', exponent] = long.split('e');
  const point = mantissa.indexOf('.');
  if (!/^50*$/.test(mantissa.slice(point + 1 + digits))) return rounded;
  const cut = mantissa.slice(0, digits ? point + 1 + digits : point);
  if (!/[02468]$/.test(cut)) return rounded;
  return exponent === undefined ? cut : `${cut}e${exponent}`;
}
