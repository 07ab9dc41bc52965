// From functions whose first argument is a tensor to methods: one definition serves both. The types follow by mapping,
// so a method has its function's signature and documentation.

import { applyInplace, definitions, type Arg } from './ops/elementwise-op.ts';
import type { Tensor } from './tensor.ts';

/** A module of functions, as methods of their first argument. */
export type Methods<M> = { [K in keyof M]: Method<M[K]> };

/** The same with an underscore, changing the tensor in place and returning it. */
export type InplaceMethods<M> = { [K in keyof M as `${K & string}_`]: Method<M[K]> };

// `never` and not Tensor: comparing with Tensor would need the methods that are being defined.
type Method<F> = F extends (x: never, ...rest: infer A) => infer R ? (...args: A) => R : never;

type AnyFunction = (x: unknown, ...args: unknown[]) => unknown;

/** Puts functions on a prototype as methods. */
export function install(prototype: object, functions: Readonly<Record<string, unknown>>): void {
  for (const [name, fn] of Object.entries(functions)) {
    // What the class writes itself has a signature that mapping cannot give.
    if (typeof fn !== 'function' || Object.hasOwn(prototype, name)) continue;
    const call = fn as AnyFunction;
    Object.defineProperty(prototype, name, {
      configurable: true,
      writable: true,
      value: function (this: unknown, ...args: unknown[]) {
        return call(this, ...args);
      },
    });
  }
}

/** Puts the in-place forms of element-wise functions on a prototype, under their names and an underscore. */
export function installInplace(prototype: object, functions: Readonly<Record<string, unknown>>): void {
  for (const [name, fn] of Object.entries(functions)) {
    const arity = typeof fn === 'function' ? definitions.get(fn)?.arity : undefined;
    if (arity === undefined) continue;
    Object.defineProperty(prototype, `${name}_`, {
      configurable: true,
      writable: true,
      value: function (this: Tensor, ...args: unknown[]) {
        return applyInplace(
          fn as object,
          this,
          args.slice(0, arity - 1) as Arg[],
          args[arity - 1] as object | undefined,
        );
      },
    });
  }
}
