import { ValueError } from '@rushlight/core';
import type { Module } from '../module/module.ts';
import { items, NumberedContainer, refuseForward } from './container.ts';

/**
 * A list of modules whose parameters are found, unlike those in a plain array. torch.nn.ModuleList
 *
 * @example
 * layers = new nn.ModuleList([1, 2, 3].map(() => new nn.Linear(8, 8)));
 * forward(x: Tensor) { for (const layer of this.layers) x = layer(x); return x; }
 */
export class ModuleList<M extends Module = Module> extends NumberedContainer<M> {
  constructor(modules: Iterable<M> = []) {
    super();
    this.extend(modules);
  }

  /** Puts a module before item `index`, counted from the end if negative. */
  insert(index: number, module: M): this {
    if (!Number.isInteger(index) || Math.abs(index) > this.length) {
      throw new ValueError('insert', `there is no place ${index} among ${this.length}. Use 0 … ${this.length}.`);
    }
    const all = [...this];
    all.splice(index, 0, module);
    this[items].clear();
    return this.extend(all);
  }

  forward(): never {
    return refuseForward(this.constructor.name);
  }
}
