import type { Tensor } from '@rushlight/core';
import { isModule } from '../module/members.ts';
import { ModuleError } from '../module/module-error.ts';
import type { Module } from '../module/module.ts';
import { NumberedContainer } from './container.ts';

/** Modules with names of their own: an object, or pairs where a name is a number. */
export type NamedModules = Readonly<Record<string, Module>> | readonly (readonly [string, Module])[];

/**
 * Modules one after the other, each given what the one before returned. torch.nn.Sequential
 *
 * @example
 * new nn.Sequential(new nn.Linear(10, 5), new nn.ReLU(), new nn.Linear(5, 2));
 * new nn.Sequential({ hidden: new nn.Linear(10, 5), relu: new nn.ReLU() });
 */
export class Sequential<In = Tensor, Out = Tensor> extends NumberedContainer<Module, [In], Out> {
  constructor(...modules: Module[] | [NamedModules]) {
    super();
    const [first] = modules;
    if (Array.isArray(first) && first.some(isModule)) {
      throw new ModuleError('Sequential', 'it got modules in an array. Spread it: new nn.Sequential(...layers).');
    }
    if (modules.length === 1 && typeof first === 'object' && !isModule(first)) {
      for (const [name, module] of Array.isArray(first) ? first : Object.entries(first))
        this.registerModule(name, module);
    } else this.extend(modules as Module[]);
  }

  forward(x: In): Out {
    let value: unknown = x;
    for (const module of this) value = module(value as never);
    return value as Out;
  }
}
