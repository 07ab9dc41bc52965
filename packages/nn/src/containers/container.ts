// What the containers share: items under names, in the order in which they were added, found as fields are.

import { ValueError } from '@rushlight/core';
import { ModuleError } from '../module/module-error.ts';
import { Module } from '../module/module.ts';
import { checkModule, checkName } from '../module/registration.ts';
import type { Parameter } from '../parameter.ts';

/** @internal */
export const items: unique symbol = Symbol('items');

export abstract class Container<
  Item extends Module | Parameter,
  Args extends readonly unknown[] = never[],
  Out = unknown,
> extends Module<Args, Out> {
  /** @internal */
  readonly [items] = new Map<string, Item>();

  /** @internal */
  protected override properties(): Iterable<readonly [string, unknown]> {
    return [...this[items], ...super.properties()];
  }

  /** The number of items. */
  override get length(): number {
    return this[items].size;
  }

  override registerModule(name: string, module: Module | null): void {
    this.put('registerModule', name, module as Item);
  }

  /** @internal */
  protected put(op: string, name: string, item: Item): void {
    checkName(op, name);
    checkModule(op, name, item);
    this[items].set(name, item);
  }
}

/** A container whose items are numbered. */
export abstract class NumberedContainer<
  Item extends Module | Parameter,
  Args extends readonly unknown[] = never[],
  Out = unknown,
> extends Container<Item, Args, Out> {
  /** Item `index`, counted from the end if negative. Throws ValueError outside of the container. */
  at(index: number): Item {
    const found = Number.isInteger(index) ? [...this].at(index) : undefined;
    if (found) return found;
    const range = this.length > 0 ? `Use ${-this.length} … ${this.length - 1}.` : 'Append one first.';
    throw new ValueError(this.constructor.name, `there is no item ${index} among ${this.length}. ${range}`);
  }

  [Symbol.iterator](): IterableIterator<Item> {
    return this[items].values();
  }

  /** Adds an item at the end, named after its number. */
  append(item: Item): this {
    this.put('append', String(this.length), item);
    return this;
  }

  /** Adds items at the end. */
  extend(added: Iterable<Item>): this {
    for (const item of added) this.append(item);
    return this;
  }
}

/** Why a list of modules cannot be called. */
export function refuseForward(name: string): never {
  throw new ModuleError(name, 'it is a list, which has no forward. Call what it holds, or use nn.Sequential.');
}
