// Sums of products in Einstein's notation. Two operands at a time are one batched matrix product: labels of both that are
// still needed are its batch, those that are not its inner size, and what belongs to one side alone rows and columns.

import { autocasting } from '../autocast-mode.ts';
import { DTypeError, ShapeError, ValueError } from '../errors.ts';
import { isTensor } from '../is-tensor.ts';
import { sizeOf } from '../kernel/index.ts';
import { resultType } from '../promotion.ts';
import { checkOperands } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { readEquation, spell, type Sublist } from './einsum-notation.ts';
import { batched, checkFactors } from './product.ts';
import { scratch } from './scratch.ts';
import { diagonal } from './windowed-views.ts';

export type { Sublist } from './einsum-notation.ts';

/** A tensor whose dims have labels, each once. */
interface Term {
  readonly x: Tensor;
  readonly labels: readonly string[];
}

const sizeAt = ({ x, labels }: Term, label: string): number => x.shape[labels.indexOf(label)] ?? 1;

/** Dims of one label become their diagonal. */
function withoutRepeats({ x, labels }: Term, k: number): Term {
  const second = labels.findIndex((label, d) => labels.indexOf(label) < d);
  const label = labels[second];
  if (label === undefined) return { x, labels };
  const first = labels.indexOf(label);
  if (x.shape[first] !== x.shape[second]) {
    throw new ShapeError(
      'einsum',
      `"${label}" stands for dims of sizes ${x.shape[first]} and ${x.shape[second]} of operand ${k}. They must be equal.`,
    );
  }
  const rest = labels.filter((_, d) => d !== first && d !== second);
  return withoutRepeats({ x: diagonal(x, { dim1: first, dim2: second }), labels: [...rest, label] }, k);
}

/** Refuses labels whose sizes differ, unless they are 1. */
function checkSizes(terms: readonly Term[]): void {
  const sizes = new Map<string, number>();
  terms.forEach((term, k) => {
    for (const label of term.labels) {
      const [n, have = 1] = [sizeAt(term, label), sizes.get(label)];
      if (n !== 1 && have !== 1 && n !== have)
        throw new ShapeError(
          'einsum',
          `"${label}" has size ${n} in operand ${k} and ${have} before. Make them equal, or one of them 1.`,
        );
      if (n !== 1 || !sizes.has(label)) sizes.set(label, n);
    }
  });
}

/** Summed over every label that is not wanted. */
function keepOnly({ x, labels }: Term, isWanted: (label: string) => boolean): Term {
  const over = labels.flatMap((label, d) => (isWanted(label) ? [] : [d]));
  return over.length === 0 ? { x, labels } : { x: x.sum(over), labels: labels.filter(isWanted) };
}

/** Without labels of size 1 that broadcast, being larger in the other term, or that nobody else needs. */
function withoutOnes(term: Term, other: Term, needed: ReadonlySet<string>): Term {
  const isOne = (label: string): boolean =>
    sizeAt(term, label) === 1 && (other.labels.includes(label) ? sizeAt(other, label) !== 1 : !needed.has(label));
  const over = term.labels.flatMap((label, d) => (isOne(label) ? [d] : []));
  if (over.length === 0) return term;
  return { x: term.x.squeeze(over), labels: term.labels.filter((label) => !isOne(label)) };
}

const inOrder = ({ x, labels }: Term, order: readonly string[]): Tensor =>
  x.permute(order.map((label) => labels.indexOf(label)));

/** The product of two terms, summed over what nobody else needs. */
function contract(first: Term, second: Term, needed: ReadonlySet<string>): Term {
  const [one, other] = [withoutOnes(first, second, needed), withoutOnes(second, first, needed)];
  const a = keepOnly(one, (label) => needed.has(label) || other.labels.includes(label));
  const b = keepOnly(other, (label) => needed.has(label) || one.labels.includes(label));
  const shared = a.labels.filter((label) => b.labels.includes(label));
  const batch = shared.filter((label) => needed.has(label));
  const inner = shared.filter((label) => !needed.has(label));
  const rows = a.labels.filter((label) => !shared.includes(label));
  const columns = b.labels.filter((label) => !shared.includes(label));
  const labels = [...batch, ...rows, ...columns];
  const sizes = (term: Term, list: readonly string[]): number[] => list.map((label) => sizeAt(term, label));
  const [n, m, p] = [sizes(a, batch), sizes(a, rows), sizes(b, columns)];
  if (inner.length === 0) {
    const x = inOrder(a, [...batch, ...rows]).reshape([...n, ...m, ...columns.map(() => 1)]);
    const y = inOrder(b, [...batch, ...columns]).reshape([...n, ...rows.map(() => 1), ...p]);
    return { x: x.mul(y), labels };
  }
  const k = sizeOf(sizes(a, inner));
  const x = inOrder(a, [...batch, ...rows, ...inner]).reshape([...n, sizeOf(m), k]);
  const y = inOrder(b, [...batch, ...inner, ...columns]).reshape([...n, k, sizeOf(p)]);
  // Integers of which a sum was taken before are int32.
  const dtype = resultType(x, y);
  const [left, right] = [x.to(dtype), y.to(dtype)];
  checkFactors('einsum', left, right);
  return { x: batched('einsum', left, right).reshape([...n, ...m, ...p]), labels };
}

/** What is needed of two terms: the labels of the result and of all others. */
function neededBeside(terms: readonly Term[], i: number, j: number, output: readonly string[]): Set<string> {
  return new Set([...output, ...terms.flatMap(({ labels }, k) => (k === i || k === j ? [] : labels))]);
}

/** The pair whose product adds least to what is there: D. Smith, J. Gray, https://doi.org/10.21105/joss.00753. */
function cheapest(terms: readonly Term[], output: readonly string[]): [number, number] {
  let best: [number, number] = [0, 1];
  let least = Infinity;
  for (let j = 1; j < terms.length; j++) {
    for (let i = 0; i < j; i++) {
      const [a, b] = [terms[i] as Term, terms[j] as Term];
      const needed = neededBeside(terms, i, j, output);
      const labels = [...new Set([...a.labels, ...b.labels])].filter((label) => needed.has(label));
      const made = labels.reduce((size, label) => size * Math.max(sizeAt(a, label), sizeAt(b, label)), 1);
      const cost = made - sizeOf(a.x.shape) - sizeOf(b.x.shape);
      if (cost < least) [least, best] = [cost, [i, j]];
    }
  }
  return best;
}

/** Tensors and lists of labels in turn, as an equation and its operands. */
function fromSublists(args: readonly (Tensor | Sublist)[]): [equation: string, operands: Tensor[]] {
  const operands: Tensor[] = [];
  const sides: string[] = [];
  const paired = args.length % 2 === 0 ? args : args.slice(0, -1);
  paired.forEach((arg, k) => {
    if (isTensor(arg) !== (k % 2 === 0))
      throw new ValueError(
        'einsum',
        `argument ${k} is ${isTensor(arg) ? 'a tensor' : 'no tensor'}. Give tensors and lists of labels in turn.`,
      );
    if (isTensor(arg)) operands.push(arg);
    else sides.push(spell(arg));
  });
  const last = args.length % 2 === 0 ? undefined : args[args.length - 1];
  if (isTensor(last))
    throw new ValueError('einsum', 'the last tensor has no list of labels. Give one for every tensor.');
  return [last ? `${sides.join(',')}->${spell(last)}` : sides.join(','), operands];
}

/**
 * Σ of products over labelled dims. In an equation each letter is a dim of the operands: those of one letter are walked
 * together, one occurring twice in an operand is its diagonal, and '...' stands for all dims that are left, which broadcast.
 * The letters after "->" are the result's, all others are summed over; without an arrow the result has '...' and then,
 * alphabetically, the letters that occur once. In place of the equation a list of numbers 0 … 51 and '...' may follow each
 * operand, and one for the result come last. More than two operands are multiplied in the order in which products stay
 * small. Throws ValueError for an equation that says nothing, ShapeError for sizes that do not fit, DTypeError for operands
 * of several dtypes. torch.einsum
 *
 * @example
 * einsum('ij,jk->ik', a, b); // a @ b
 * einsum('bii->b', a); // the traces of a batch
 * einsum(a, ['...', 0, 1], b, ['...', 1, 2], ['...', 0, 2]);
 */
export function einsum(equation: string, ...operands: readonly Tensor[]): Tensor;
export function einsum(...operandsAndLabels: readonly (Tensor | Sublist)[]): Tensor;
export function einsum(...args: readonly (string | Tensor | Sublist)[]): Tensor {
  const mode = autocasting();
  if (mode) return mode.run('einsum', einsum as (...own: typeof args) => Tensor, args);
  const [head, ...rest] = args;
  const [equation, operands] =
    typeof head === 'string' ? [head, rest as Tensor[]] : fromSublists(args as readonly (Tensor | Sublist)[]);
  const [model] = operands;
  if (!model) throw new ValueError('einsum', 'there are no operands. Give at least one tensor.');
  checkOperands('einsum', operands);
  operands.forEach(({ dtype }, k) => {
    if (dtype !== model.dtype)
      throw new DTypeError(
        'einsum',
        `operand ${k} is ${dtype}, the first ${model.dtype}. Convert it with \`.to('${model.dtype}')\`.`,
      );
  });
  const { inputs, output } = readEquation(
    equation,
    operands.map((x) => x.shape),
  );
  return scratch(operands, () => {
    let terms = operands.map((x, k) => withoutRepeats({ x, labels: inputs[k] ?? [] }, k));
    checkSizes(terms);
    while (terms.length > 1) {
      const [i, j] = cheapest(terms, output);
      const made = contract(terms[i] as Term, terms[j] as Term, neededBeside(terms, i, j, output));
      terms = [...terms.filter((_, k) => k !== i && k !== j), made];
    }
    const result = keepOnly(terms[0] as Term, (label) => output.includes(label));
    return inOrder(result, output);
  });
}
