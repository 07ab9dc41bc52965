// What a module holds, found by looking at its own properties: parameters and sub-modules in the order of definition,
// buffers by their registered names.

import { isTensor, type Tensor } from '@rushlight/core';
import { Parameter } from '../parameter.ts';
import { Callable } from './callable.ts';
import { ModuleError } from './module-error.ts';
import type { Module } from './module.ts';

/** @internal */
export const members: unique symbol = Symbol('members');
/** @internal */
export const hasModes: unique symbol = Symbol('hasModes');

export type Named<T> = [name: string, value: T];

export interface Members {
  readonly parameters: readonly Named<Parameter>[];
  readonly buffers: readonly Named<Tensor>[];
  /** The buffers that belong to the state dict. */
  readonly persistent: readonly Named<Tensor>[];
  readonly children: readonly Named<Module>[];
  /** What lies in plain arrays and objects, by the field that holds them. */
  readonly unlisted: readonly Named<Module | Parameter>[];
}

export function isModule(value: unknown): value is Module {
  return value instanceof Callable;
}

/**
 * Sorts the properties of a module, of which some are buffers, persistent or not. Of what is neither a tensor nor a module, it looks
 * one level into arrays and objects.
 */
export function findMembers(
  properties: Iterable<readonly [string, unknown]>,
  bufferNames: ReadonlyMap<string, boolean>,
): Members {
  const parameters: Named<Parameter>[] = [];
  const children: Named<Module>[] = [];
  const unlisted: Named<Module | Parameter>[] = [];
  const byName = new Map<string, unknown>();
  for (const [name, value] of properties) {
    byName.set(name, value);
    if (value instanceof Parameter) parameters.push([name, value]);
    else if (isModule(value)) children.push([name, value]);
    else
      for (const item of itemsOf(value)) if (isModule(item) || item instanceof Parameter) unlisted.push([name, item]);
  }
  const buffers: Named<Tensor>[] = [];
  for (const name of bufferNames.keys()) {
    const value = byName.get(name);
    if (isTensor(value) && !(value instanceof Parameter)) buffers.push([name, value]);
  }
  const persistent = buffers.filter(([name]) => bufferNames.get(name));
  return { parameters, buffers, persistent, children, unlisted };
}

/** Each value once, by its first name. */
export function once<T>(named: readonly Named<T>[]): Named<T>[] {
  const first = new Map<T, string>();
  for (const [name, value] of named) if (!first.has(value)) first.set(value, name);
  return [...first].map(([value, name]) => [name, value]);
}

/** The values in a plain array or object. */
export function itemsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'object' || value === null) return [];
  return Object.getPrototypeOf(value) === Object.prototype ? Object.values(value) : [];
}

/** Modules that some module has shown as its own, or whose parameters somebody asked for. */
const seen = new WeakSet<Module>();

export function wasSeen(module: Module): boolean {
  return seen.has(module);
}

export function markSeen(module: Module): void {
  seen.add(module);
}

export const joinPath = (prefix: string, name: string): string => (prefix === '' ? name : `${prefix}.${name}`);

/**
 * Each module under `root` once, or for each path that leads to it, with its path: `root` first, parents before their children.
 * Throws ModuleError if a field is a plain array or object of modules or parameters that are not reached otherwise.
 */
export function walk(root: Module, prefix = '', isOnce = true): Named<Module>[] {
  const found: Named<Module>[] = [];
  const reached = new Set<Module | Parameter>();
  const unlisted: [owner: Module, field: string, item: Module | Parameter][] = [];
  const visit = (module: Module, path: string): void => {
    if (isOnce && reached.has(module)) return;
    reached.add(module);
    found.push([path, module]);
    const own = module[members]();
    for (const [, parameter] of own.parameters) reached.add(parameter);
    for (const [field, item] of own.unlisted) unlisted.push([module, field, item]);
    for (const [name, child] of own.children) {
      seen.add(child);
      visit(child, joinPath(path, name));
    }
  };
  visit(root, prefix);
  for (const [owner, field, item] of unlisted) if (!reached.has(item)) refuseUnlisted(owner, field, item);
  return found;
}

function refuseUnlisted(owner: Module, field: string, item: Module | Parameter): never {
  const [what, list] = isModule(item) ? ['modules', 'ModuleList'] : ['parameters', 'ParameterList'];
  throw new ModuleError(
    owner.constructor.name,
    `its field "${field}" holds ${what} in a plain array or object, where parameters() and stateDict() do not find them. ` +
      `Use new nn.${list}([…])${isModule(item) ? ' or new nn.ModuleDict({…})' : ''}.`,
  );
}
