// What may be hung on a module. The types are methods of nowhere, because TypeScript compares those loosely enough for a
// module of given types to be a Module of any.

import type { Tensor } from '@rushlight/core';
import type { Module } from './module.ts';
import type { IncompatibleKeys } from './state-dict.ts';

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

/** Sees the gradients of the outputs before they flow into the module; what it returns replaces them. */
export type BackwardPreHook<M> = {
  call(module: M, gradOutput: Tensor[]): readonly Tensor[] | void;
}['call'];

/** Is called before a module's part of a state dict is made. */
export type StateDictPreHook<M> = { call(module: M, prefix: string, keepVars: boolean): void }['call'];

/** Sees the state dict when the part of a module and its children is in it: it may change it, or return another. */
export type StateDictHook<M> = {
  call(module: M, dict: Record<string, Tensor>, prefix: string): Record<string, Tensor> | void;
}['call'];

/** Sees a copy of the state dict before a module's part is loaded, and may change it. */
export type LoadStateDictPreHook<M> = { call(module: M, dict: Record<string, Tensor>, prefix: string): void }['call'];

/** Is called when a module and its children are loaded; of the keys it may take away, so that they are no error. */
export type LoadStateDictPostHook<M> = { call(module: M, keys: IncompatibleKeys): void }['call'];

export interface HookOptions {
  /** Call it before those that are there. Default false. */
  readonly prepend?: boolean;
}

export interface ForwardHookOptions extends HookOptions {
  /** Call it also where `forward` or a hook before it throws. Default false. */
  readonly alwaysCall?: boolean;
}

/** What a `register…Hook` returns. */
export interface HookHandle {
  remove(): void;
}

/** @internal The kinds of hooks. */
export interface HookTypes<M extends WithForward> {
  forwardPre: ForwardPreHook<M>;
  forward: ForwardHook<M>;
  backwardPre: BackwardPreHook<M>;
  backward: BackwardHook<M>;
  statePre: StateDictPreHook<M>;
  state: StateDictHook<M>;
  loadPre: LoadStateDictPreHook<M>;
  loadPost: LoadStateDictPostHook<M>;
}

/** @internal A hook of some kind. */
export interface Hung {
  readonly kind: keyof HookTypes<WithForward>;
  readonly run: Forward;
}

/** @internal What hangs on a module, in the order in which they are called. */
export const hooks: unique symbol = Symbol('hooks');

/** @internal The hooks of every module, which are called before its own. */
export const everyModule: Hung[] = [];

/** @internal Forward hooks that are called also after an error. */
export const alwaysCalled = new WeakSet<Forward>();

/** @internal Adds a hook. A function registered twice is called twice, and each handle removes one. */
export function addHook(
  list: Hung[],
  kind: Hung['kind'],
  hook: Forward,
  { prepend = false, alwaysCall = false }: ForwardHookOptions = {},
): HookHandle {
  const run = hook.bind(undefined);
  const own = { kind, run };
  if (prepend) list.unshift(own);
  else list.push(own);
  if (alwaysCall) alwaysCalled.add(run);
  return {
    remove() {
      if (list.includes(own)) list.splice(list.indexOf(own), 1);
    },
  };
}

/** @internal The hooks of a kind as they are now: some remove themselves while they run. */
export function hooksOf<K extends Hung['kind']>(list: readonly Hung[], kind: K): HookTypes<Module>[K][] {
  return list.filter((hook) => hook.kind === kind).map(({ run }) => run as HookTypes<Module>[K]);
}
