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

/** Where in a state dict the walk is: the prefix of a module ends in a dot. */
interface StateVisitor {
  enter(module: Module, prefix: string): void;
  /** `put` takes another tensor in its place, of any shape. */
  found(key: string, tensor: Tensor, put?: (value: Tensor) => void): void;
  leave(module: Module, prefix: string): void;
}

/** Shows every tensor of the state, under each path that leads to it: what a module holds, then its children. */
function visitState(module: Module, prefix: string, visitor: StateVisitor, above: readonly Module[] = []): void {
  if (above.includes(module)) {
    const path = prefix.slice(0, -1);
    throw new ModuleError('stateDict', `the module at "${path}" contains itself. Do not keep a parent in a field.`);
  }
  visitor.enter(module, prefix);
  const { parameters, persistent, children } = module[members]();
  for (const [name, tensor] of [...parameters, ...persistent]) visitor.found(prefix + name, tensor);
  const extra = module.getExtraState?.();
  if (extra) visitor.found(`${prefix}_extra_state`, extra, (value) => module.setExtraState?.(value));
  for (const [name, child] of children) visitState(child, `${prefix}${name}.`, visitor, [...above, module]);
  visitor.leave(module, prefix);
}

export function stateDictOf(root: Module, { prefix = '', keepVars = false }: StateDictOptions): Record<string, Tensor> {
  walk(root);
  let dict: Record<string, Tensor> = {};
  visitState(root, prefix, {
    enter(module, at) {
      for (const hook of hooksOf(module[hooks](), 'statePre')) hook(module, at, keepVars);
    },
    found(key, tensor) {
      dict[key] = keepVars ? tensor : tensor.detach();
    },
    leave(module, at) {
      for (const hook of hooksOf(module[hooks](), 'state')) dict = hook(module, dict, at) ?? dict;
    },
  });
  return dict;
}

/** Copies a state dict into the tensors of a module, all or nothing. */
export function loadState(root: Module, given: StateDict, strict: boolean): IncompatibleKeys {
  walk(root);
  const dict = { ...given };
  const state: Parameters<StateVisitor['found']>[] = [];
  const after: ((keys: IncompatibleKeys) => void)[] = [];
  visitState(root, '', {
    enter(module, at) {
      for (const hook of hooksOf(module[hooks](), 'loadPre')) hook(module, dict, at);
    },
    found: (...entry) => void state.push(entry),
    leave(module) {
      for (const hook of hooksOf(module[hooks](), 'loadPost')) after.push((keys) => hook(module, keys));
    },
  });
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
