// State dicts: PyTorch's keys in PyTorch's order: of each module its parameters, its persistent buffers, its children.

import { DeviceError, isTensor, noGrad, show, type Tensor } from '@rushlight/core';
import { joinPath, members, type Named } from './members.ts';
import { ModuleError, StateDictError, type SizeMismatch } from './module-error.ts';
import type { Module } from './module.ts';

/** Tensors by their path in a module: `fc1.weight`. */
export type StateDict = Readonly<Record<string, Tensor>>;

/** What of a state dict and a module did not meet. */
export interface IncompatibleKeys {
  readonly missingKeys: string[];
  readonly unexpectedKeys: string[];
}

/** Every tensor of the state, under each path that leads to it. */
export function stateEntries(root: Module, isPersistent: (owner: Module, buffer: string) => boolean): Named<Tensor>[] {
  const found: Named<Tensor>[] = [];
  const visit = (module: Module, path: string, above: readonly Module[]): void => {
    if (above.includes(module)) {
      throw new ModuleError('stateDict', `the module at "${path}" contains itself. Do not keep a parent in a field.`);
    }
    const { parameters, buffers, children } = module[members]();
    const kept = buffers.filter(([name]) => isPersistent(module, name));
    for (const [name, tensor] of [...parameters, ...kept]) found.push([joinPath(path, name), tensor]);
    for (const [name, child] of children) visit(child, joinPath(path, name), [...above, module]);
  };
  visit(root, '', []);
  return found;
}

/** Copies `dict` into the tensors of `state`, all or nothing. */
export function loadState(
  name: string,
  state: readonly Named<Tensor>[],
  dict: StateDict,
  strict: boolean,
): IncompatibleKeys {
  const keys = new Set(state.map(([key]) => key));
  const missingKeys = [...keys].filter((key) => !Object.hasOwn(dict, key));
  const unexpectedKeys = Object.keys(dict).filter((key) => !keys.has(key));
  const sizeMismatches: SizeMismatch[] = [];
  const copies: [target: Tensor, source: Tensor][] = [];
  for (const [key, target] of state) {
    const source = Object.hasOwn(dict, key) ? dict[key] : undefined;
    if (source === undefined) continue;
    if (!isTensor(source)) throw new TypeError(`loadStateDict: "${key}" is ${String(source)}. It must be a tensor.`);
    if (show(source.shape) !== show(target.shape)) {
      sizeMismatches.push({ key, given: source.shape, expected: target.shape });
    } else if (source.device !== target.device) {
      const [from, to] = [source.device.name, target.device.name];
      throw new DeviceError(
        'loadStateDict',
        `"${key}" is on "${from}" in the dict, on "${to}" in ${name}. Move it with \`await t.to("${to}")\`.`,
      );
    } else copies.push([target, source]);
  }
  if (sizeMismatches.length > 0 || (strict && missingKeys.length + unexpectedKeys.length > 0)) {
    const found = { missingKeys, unexpectedKeys, sizeMismatches };
    throw new StateDictError(describeMismatch(name, found, strict), found);
  }
  noGrad(() => {
    for (const [target, source] of copies) target.copy_(source);
  });
  return { missingKeys, unexpectedKeys };
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
