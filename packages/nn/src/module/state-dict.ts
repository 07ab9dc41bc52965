// State dicts: PyTorch's keys in PyTorch's order: of each module its parameters, its persistent buffers, its children.

import { DeviceError, isTensor, noGrad, show, type Tensor } from '@rushlight/core';
import { isLazy } from '../is-lazy.ts';
import { hooks, hooksOf } from './hooks.ts';
import { members, walk } from './members.ts';
import { ModuleError, StateDictError, type SizeMismatch } from './module-error.ts';
import type { Module, PrefixOptions } from './module.ts';

/** Tensors by their path in a module: `fc1.weight`. */
export type StateDict = Readonly<Record<string, Tensor>>;

/** What of a state dict and a module did not meet. */
export interface IncompatibleKeys {
  readonly missingKeys: string[];
  readonly unexpectedKeys: string[];
}

export interface StateDictOptions extends PrefixOptions {
  /** The tensors themselves, with their history, instead of detached ones. Default false. */
  readonly keepVars?: boolean;
}

/** A tensor of the state by its key; `put` takes another in its place, of any shape. */
type Entry = [key: string, tensor: Tensor, put?: (value: Tensor) => void];

/** What a module itself holds; its prefix ends in a dot. */
function entriesOf(module: Module, prefix: string): Entry[] {
  const { parameters, persistent } = module[members]();
  const entries = [...parameters, ...persistent].map(([name, tensor]): Entry => [prefix + name, tensor]);
  const extra = module.getExtraState?.();
  if (extra) entries.push([`${prefix}_extra_state`, extra, (value) => module.setExtraState?.(value)]);
  return entries;
}

/** Every module under each path that leads to it, before its children and, done, after them. */
function* visits(
  module: Module,
  prefix: string,
  above: readonly Module[] = [],
): Generator<[module: Module, prefix: string, isDone: boolean]> {
  if (above.includes(module)) {
    const path = prefix.slice(0, -1);
    throw new ModuleError('stateDict', `the module at "${path}" contains itself. Do not keep a parent in a field.`);
  }
  yield [module, prefix, false];
  for (const [name, child] of module[members]().children) yield* visits(child, `${prefix}${name}.`, [...above, module]);
  yield [module, prefix, true];
}

export function stateDictOf(root: Module, { prefix = '', keepVars = false }: StateDictOptions): Record<string, Tensor> {
  walk(root);
  let dict: Record<string, Tensor> = {};
  for (const [module, at, isDone] of visits(root, prefix)) {
    if (isDone) {
      for (const hook of hooksOf(module[hooks](), 'state')) dict = hook(module, dict, at) ?? dict;
      continue;
    }
    for (const hook of hooksOf(module[hooks](), 'statePre')) hook(module, at, keepVars);
    for (const [key, tensor] of entriesOf(module, at)) dict[key] = keepVars ? tensor : tensor.detach();
  }
  return dict;
}

/** Copies a state dict into the tensors of a module, all or nothing. */
export function loadState(root: Module, given: StateDict, strict: boolean): IncompatibleKeys {
  walk(root);
  const dict = { ...given };
  const state: Entry[] = [];
  const after: ((keys: IncompatibleKeys) => void)[] = [];
  for (const [module, at, isDone] of visits(root, '')) {
    if (isDone) {
      for (const hook of hooksOf(module[hooks](), 'loadPost')) after.push((keys) => hook(module, keys));
      continue;
    }
    for (const hook of hooksOf(module[hooks](), 'loadPre')) hook(module, dict, at);
    state.push(...entriesOf(module, at));
  }
  const { name } = root.constructor;
  const keys = new Set(state.map(([key]) => key));
  const missingKeys = [...keys].filter((key) => !Object.hasOwn(dict, key));
  const unexpectedKeys = Object.keys(dict).filter((key) => !keys.has(key));
  const sizeMismatches: SizeMismatch[] = [];
  const copies: (() => void)[] = [];
  for (const [key, target, put] of state) {
    const source = Object.hasOwn(dict, key) ? dict[key] : undefined;
    if (source === undefined) continue;
    if (!isTensor(source)) throw new TypeError(`loadStateDict: "${key}" is ${String(source)}. It must be a tensor.`);
    if (put) copies.push(() => put(source));
    else if (!isLazy(target) && show(source.shape) !== show(target.shape)) {
      sizeMismatches.push({ key, given: source.shape, expected: target.shape });
    } else if (source.device !== target.device) {
      const [from, to] = [source.device.name, target.device.name];
      throw new DeviceError(
        'loadStateDict',
        `"${key}" is on "${from}" in the dict, on "${to}" in ${name}. Move it with \`await t.to("${to}")\`.`,
      );
    } else copies.push(() => copyInto(target, source));
  }
  const check = (isStrict: boolean): void => {
    if (sizeMismatches.length === 0 && (!isStrict || missingKeys.length + unexpectedKeys.length === 0)) return;
    const found = { missingKeys, unexpectedKeys, sizeMismatches };
    throw new StateDictError(describeMismatch(name, found, isStrict), found);
  };
  // Hooks that see what was loaded may take keys away, and only what they leave is an error.
  check(strict && after.length === 0);
  noGrad(() => {
    for (const copy of copies) copy();
  });
  for (const hook of after) hook({ missingKeys, unexpectedKeys });
  check(strict);
  return { missingKeys, unexpectedKeys };
}

/** Copies a tensor into one of its shape, or of none yet, which then gets it. What has no shape itself says nothing. */
function copyInto(target: Tensor, source: Tensor): void {
  if (isLazy(source)) return;
  if (isLazy(target)) target.materialize(source.shape);
  target.copy_(source);
}

function describeMismatch(
  name: string,
  found: Pick<StateDictError, 'missingKeys' | 'unexpectedKeys' | 'sizeMismatches'>,
  strict: boolean,
): string {
  const keyed = (what: string, keys: readonly string[]): string[] =>
    strict && keys.length > 0 ? [`${what} keys: ${keys.map((key) => `"${key}"`).join(', ')}.`] : [];
  const lines = [...keyed('Missing', found.missingKeys), ...keyed('Unexpected', found.unexpectedKeys)];
  const cure = lines.length > 0 ? ' Pass { strict: false } to load the keys that are in both.' : '';
  for (const { key, given, expected } of found.sizeMismatches)
    lines.push(`size mismatch for ${key}: ${show(given)} in the dict, ${show(expected)} in the module.`);
  return [`the state dict does not fit ${name}.${cure}`, ...lines].join('\n\t');
}
