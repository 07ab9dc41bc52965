// One tensor or several, as arguments and results: what PyTorch's functional interface writes as a tensor or a tuple.

import { isTensor } from '../../is-tensor.ts';
import type { Tensor } from '../../tensor.ts';

/** One tensor, or several in a list. */
export type TensorOrList = Tensor | readonly Tensor[];

/** `U` where `T` is one tensor, a list of `U` where it is a list. */
export type Like<T extends TensorOrList, U> = [T] extends [readonly Tensor[]]
  ? U[]
  : [T] extends [Tensor]
    ? U
    : U | U[];

/** A function of tensors that gives one or several. */
export type TensorFunction<Y extends TensorOrList> = (...inputs: Tensor[]) => Y;

/** The tensors of one or several, and whether it was a list. Throws TypeError for what is neither. */
export function listOf(
  op: string,
  what: string,
  given: unknown,
): { readonly list: Tensor[]; readonly isList: boolean } {
  const isList = Array.isArray(given);
  const list: unknown[] = isList ? given : [given];
  const wrong = list.findIndex((x) => !isTensor(x));
  if (wrong >= 0 || list.length === 0) {
    const place = isList && list.length > 0 ? ` at index ${wrong}` : '';
    const found = list.length === 0 ? 'an empty list' : list[wrong] === null ? 'null' : `a ${typeof list[wrong]}`;
    throw new TypeError(`${op}: ${what} is ${found}${place}. Give a tensor, or a list of tensors.`);
  }
  return { list: list as Tensor[], isList };
}

/** A list as it is, or its one element where no list was given. */
export function unwrap<U>(list: readonly U[], isList: boolean): U | U[] {
  return isList ? [...list] : (list[0] as U);
}
