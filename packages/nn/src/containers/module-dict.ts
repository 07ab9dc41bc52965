import { ValueError } from '@rushlight/core';
import type { Module } from '../module/module.ts';
import { Container, items, refuseForward } from './container.ts';

/**
 * Modules by name, whose parameters are found, unlike those in a plain object. torch.nn.ModuleDict
 *
 * @example
 * heads = new nn.ModuleDict({ digit: new nn.Linear(8, 10), parity: new nn.Linear(8, 2) });
 * forward(x: Tensor) { return this.heads.get('digit')(x); }
 */
export class ModuleDict<M extends Module = Module> extends Container<M> {
  constructor(modules: Readonly<Record<string, M>> | Iterable<readonly [string, M]> = {}) {
    super();
    this.update(modules);
  }

  /** The module under a name. Throws ValueError if there is none. */
  get(name: string): M {
    const found = this[items].get(name);
    if (found) return found;
    const known = [...this.keys()].map((key) => `"${key}"`).join(', ') || 'none';
    throw new ValueError(this.constructor.name, `there is no module "${name}". It has ${known}.`);
  }

  has(name: string): boolean {
    return this[items].has(name);
  }

  set(name: string, module: M): this {
    this.put('set', name, module);
    return this;
  }

  delete(name: string): boolean {
    return this[items].delete(name);
  }

  /** Adds modules, replacing those of the same names. */
  update(modules: Readonly<Record<string, M>> | Iterable<readonly [string, M]>): this {
    const entries = Symbol.iterator in modules ? (modules as Iterable<readonly [string, M]>) : Object.entries(modules);
    for (const [name, module] of entries) this.set(name, module);
    return this;
  }

  keys(): IterableIterator<string> {
    return this[items].keys();
  }

  values(): IterableIterator<M> {
    return this[items].values();
  }

  entries(): IterableIterator<[string, M]> {
    return this[items].entries();
  }

  [Symbol.iterator](): IterableIterator<[string, M]> {
    return this.entries();
  }

  forward(): never {
    return refuseForward(this.constructor.name);
  }
}
