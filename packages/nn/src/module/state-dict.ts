// State dicts: PyTorch's keys in PyTorch's order: of each module its parameters, its persistent buffers, its children.

import { DeviceError, isTensor, noGrad, show, type Tensor } from '@rushlight/core';
import { isLazy } from '../is-lazy.ts';
import { joinPath, members } from './members.ts';
import { ModuleError, StateDictError, type SizeMismatch } from './module-error.ts';
import type { Module } from './module.ts';

/** Tensors by their path in a module: `fc1.weight`. */
export type StateDict = Readonly<Record<string, Tensor>>;

/** What of a state dict and a module did not meet. */
export interface IncompatibleKeys {
  readonly missingKeys: string[];
  readonly unexpectedKeys: string[];
}

/** What else a module keeps: under this name in a state dict. */
export const extraStateKey = '_extra_state';

/** Where in a state dict the walk is. */
export interface StateVisitor {
  /** Which buffers belong to the state. */
  readonly isPersistent: (owner: Module, buffer: string) => boolean;
  readonly enter?: (module: Module, path: string) => void;
  readonly found: (key: string, tensor: Tensor, put?: (value: Tensor) => void) => void;
  readonly leave?: (module: Module, path: string) => void;
}

/** Shows every tensor of the state, under each path that leads to it: what a module holds, then its children. */
export function visitState(root: Module, { isPersistent, enter, found, leave }: StateVisitor): void {
  const visit = (module: Module, path: string, above: readonly Module[]): void => {
    if (above.includes(module)) {
      throw new ModuleError('stateDict', `the module at "${path}" contains itself. Do not keep a parent in a field.`);
    }
    enter?.(module, path);
    const { parameters, buffers, children } = module[members]();
    const kept = buffers.filter(([name]) => isPersistent(module, name));
    for (const [name, tensor] of [...parameters, ...kept]) found(joinPath(path, name), tensor);
    const extra = module.getExtraState?.();
    if (extra) found(joinPath(path, extraStateKey), extra, (value) => module.setExtraState?.(value));
    for (const [name, child] of children) visit(child, joinPath(path, name), [...above, module]);
    leave?.(module, path);
  };
  visit(root, '', []);
}

/** A tensor of the state by its key; `put` takes another in its place, of any shape. */
export interface StateEntry {
  readonly key: string;
  readonly target: Tensor;
  readonly put?: ((value: Tensor) => void) | undefined;
}

/** Copies `dict` into the tensors of `state`, all or nothing. */
export function loadState(
  name: string,
  state: readonly StateEntry[],
  dict: StateDict,
  strict: boolean,
  loaded?: (keys: IncompatibleKeys) => void,
): IncompatibleKeys {
  const keys = new Set(state.map(({ key }) => key));
  const missingKeys = [...keys].filter((key) => !Object.hasOwn(dict, key));
  const unexpectedKeys = Object.keys(dict).filter((key) => !keys.has(key));
  const sizeMismatches: SizeMismatch[] = [];
  const copies: (() => void)[] = [];
  for (const { key, target, put } of state) {
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
  check(strict && !loaded);
  noGrad(() => {
    for (const copy of copies) copy();
  });
  loaded?.({ missingKeys, unexpectedKeys });
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
  found: IncompatibleKeys & { readonly sizeMismatches: readonly SizeMismatch[] },
  strict: boolean,
): string {
  const quoted = (keys: readonly string[]): string => keys.map((key) => `"${key}"`).join(', ');
  const lines = found.sizeMismatches.map(
    ({ key, given, expected }) =>
      `size mismatch for ${key}: ${show(given)} in the dict, ${show(expected)} in the module.`,
  );
  if (strict) {
    if (found.unexpectedKeys.length > 0) lines.unshift(`Unexpected keys: ${quoted(found.unexpectedKeys)}.`);
    if (found.missingKeys.length > 0) lines.unshift(`Missing keys: ${quoted(found.missingKeys)}.`);
  }
  const cure =
    lines.length > found.sizeMismatches.length ? 'Pass { strict: false } to load the keys that are in both.' : '';
  return [`the state dict does not fit ${name}. ${cure}`.trimEnd(), ...lines].join('\n\t');
}
