// Interprets the small programs of `core/fixtures/ops`: trees of names, calls and properties, the same that the script ran in PyTorch.

import * as core from '@rushlight/core';
import type { DType } from '@rushlight/core';
import { decodeSlice, type Encoded } from './fixture.ts';

export type Tree =
  | null
  | number
  | string
  | boolean
  | { readonly name: string }
  | { readonly list: readonly Tree[] }
  | { readonly slice: readonly (number | null)[] }
  | { readonly get: string; readonly on: Tree }
  | {
      readonly call: string;
      readonly on?: Tree;
      readonly args: readonly Tree[];
      readonly options: Readonly<Record<string, Tree>>;
    };

export type Statement =
  | { readonly set?: string | readonly string[]; readonly value: Tree }
  | { readonly noGrad: readonly Statement[] };

export interface ProgramCase {
  readonly name: string;
  readonly source: readonly string[];
  readonly steps: readonly Statement[];
  /** PyTorch's message, where it refuses the last statement. */
  readonly raises?: string;
  readonly checks: readonly { readonly source: string; readonly tree: Tree; readonly expected: Encoded }[];
}

export type Scope = Map<string, unknown>;

type Callable = (...args: unknown[]) => unknown;

/** Calls that are spelled otherwise than `core.call(...args, options)`. */
const functions: Readonly<Record<string, Callable>> = {
  leaf: (data, options) =>
    core.tensor(data as number[], { dtype: 'float32', ...(options as { dtype?: DType }), requiresGrad: true }),
  tensor: (data, options) => core.tensor(data as number[], { dtype: 'float32', ...(options as { dtype?: DType }) }),
  grad: core.autograd.grad as Callable,
};

/** Properties that are not public. */
const properties: Readonly<Record<string, (x: core.Tensor) => unknown>> = { version: (x) => x.storage.version };

function member(on: unknown, name: string): unknown {
  if (typeof on !== 'object' || on === null || !(name in on))
    throw new TypeError(`there is no "${name}" on ${String(on)}`);
  return (on as Record<string, unknown>)[name];
}

export function evaluate(tree: Tree, scope: Scope): unknown {
  if (typeof tree !== 'object' || tree === null) return tree;
  if ('name' in tree) return scope.get(tree.name);
  if ('list' in tree) return tree.list.map((part) => evaluate(part, scope));
  if ('slice' in tree) return decodeSlice(tree.slice);
  if ('get' in tree) {
    const on = evaluate(tree.on, scope);
    return properties[tree.get]?.(on as core.Tensor) ?? member(on, tree.get);
  }
  const options = Object.entries(tree.options).map(([key, part]) => [key, evaluate(part, scope)] as const);
  const args = [
    ...tree.args.map((part) => evaluate(part, scope)),
    ...(options.length > 0 ? [Object.fromEntries(options)] : []),
  ];
  if (tree.on !== undefined) {
    const on = evaluate(tree.on, scope);
    return (member(on, tree.call) as Callable).apply(on, args);
  }
  return (functions[tree.call] ?? (member(core, tree.call) as Callable))(...args);
}

export function execute(statement: Statement, scope: Scope): void {
  if ('noGrad' in statement) {
    core.noGrad(() => statement.noGrad.forEach((inner) => execute(inner, scope)));
    return;
  }
  const value = evaluate(statement.value, scope);
  if (typeof statement.set === 'string') scope.set(statement.set, value);
  else statement.set?.forEach((name, i) => scope.set(name, (value as unknown[])[i]));
}
