// What may be hung on a module. The types are methods of nowhere, because TypeScript compares those loosely enough for a
// module of given types to be a Module of any.

import type { Tensor } from '@rushlight/core';

type Forward = (...args: never[]) => unknown;
interface WithForward {
  readonly forward: Forward;
}
type Output<M extends WithForward> = ReturnType<M['forward']>;
type Inputs<M extends WithForward> = Parameters<M['forward']>;
/** A subclass may take more arguments than its base tells. */
type Args<M extends WithForward> = Inputs<M> extends never[] ? unknown[] : [...Inputs<M>, ...unknown[]];
type Replacement<M extends WithForward> = Inputs<M> extends never[] ? unknown : Inputs<M> | Inputs<M>[0] | void;

/** Sees the arguments before `forward`; an array that it returns replaces all of them, another value the only one. */
export type ForwardPreHook<M extends WithForward> = {
  call(module: M, args: Args<M>): Replacement<M>;
}['call'];

/** Sees the arguments and the output after `forward`; what it returns replaces the output. */
export type ForwardHook<M extends WithForward> = {
  call(module: M, args: Args<M>, output: Output<M>): Output<M> | void;
}['call'];

/** Sees the gradients of the arguments and of the outputs; what it returns replaces the former. */
export type BackwardHook<M> = {
  call(module: M, gradInput: (Tensor | null)[], gradOutput: Tensor[]): readonly (Tensor | null)[] | void;
}['call'];

/** What a `register…Hook` returns. */
export interface HookHandle {
  remove(): void;
}
