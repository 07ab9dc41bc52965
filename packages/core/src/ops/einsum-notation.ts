// Reading an equation of Einstein's notation: which dims of the operands are one, and which are left.

import { ShapeError, show, ValueError } from '../errors.ts';

/** Labels of dims by number, and '...' for all dims that are left. */
export type Sublist = readonly (number | '...')[];

/** The label of each dim of each operand, and of the result. */
export interface Notation {
  readonly inputs: readonly (readonly string[])[];
  readonly output: readonly string[];
}

const op = 'einsum';

/** Letters and '...' in order. Throws ValueError for anything else. */
function tokens(text: string): string[] {
  const found = text.match(/\.\.\.|\S/g) ?? [];
  for (const token of found) {
    if (token !== '...' && !/^[A-Za-z]$/.test(token))
      throw new ValueError(op, `"${token}" in "${text}" is no subscript. Use letters, and '...' for the dims left.`);
  }
  if (found.filter((token) => token === '...').length > 1)
    throw new ValueError(op, `'...' occurs more than once in "${text}". It stands for all dims left: use it once.`);
  return found;
}

/** Dims under '...' are counted from the last, so that those of several operands broadcast. */
const hidden = (count: number): string[] => Array.from({ length: count }, (_, k) => `...${count - 1 - k}`);

/** A label for each of the dims of operand `k`. */
function labels(subscripts: readonly string[], shape: readonly number[], k: number): string[] {
  const named = subscripts.filter((token) => token !== '...').length;
  const left = shape.length - named;
  if (left < 0 || (left > 0 && named === subscripts.length)) {
    throw new ShapeError(
      op,
      `operand ${k} has shape ${show(shape)}, its subscripts "${subscripts.join('')}" name ${named} dims. Name each dim, or use '...'.`,
    );
  }
  return subscripts.flatMap((token) => (token === '...' ? hidden(left) : [token]));
}

/** What an equation says of operands of these shapes. Throws ValueError, or ShapeError where it does not fit them. */
export function readEquation(equation: string, shapes: readonly (readonly number[])[]): Notation {
  const [left = '', right, ...more] = equation.split('->');
  if (more.length > 0) throw new ValueError(op, `"${equation}" has more than one arrow. Use one "->".`);
  const sides = left.split(',');
  if (sides.length !== shapes.length)
    throw new ValueError(
      op,
      `"${equation}" has subscripts for ${sides.length} operands, ${shapes.length} were given. Make them equal.`,
    );
  const inputs = sides.map((side, k) => labels(tokens(side), shapes[k] ?? [], k));
  const used = inputs.flat();
  const ellipsis = hidden(new Set(used.filter((label) => label.startsWith('...'))).size);
  if (right === undefined) {
    const once = used.filter((label) => label.length === 1 && used.indexOf(label) === used.lastIndexOf(label));
    return { inputs, output: [...ellipsis, ...once.sort()] };
  }
  const output = tokens(right).flatMap((token) => (token === '...' ? ellipsis : [token]));
  output.forEach((label, k) => {
    if (output.indexOf(label) < k)
      throw new ValueError(op, `"${label}" occurs more than once in the output of "${equation}". Use it once.`);
    if (!used.includes(label))
      throw new ValueError(op, `"${label}" in the output of "${equation}" names a dim of no operand. Leave it out.`);
  });
  return { inputs, output };
}

/** A list of labels as an equation writes it: 0 … 25 are A … Z, 26 … 51 a … z. */
export function spell(sublist: Sublist): string {
  return sublist
    .map((label) => {
      if (label === '...') return label;
      if (Number.isInteger(label) && label >= 0 && label < 52)
        return String.fromCharCode(label < 26 ? 65 + label : 71 + label);
      throw new ValueError(op, `${String(label)} is no label. Use whole numbers 0 … 51, and '...' for the dims left.`);
    })
    .join('');
}
