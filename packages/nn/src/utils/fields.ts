// The tensors of a module by name, for those who put others in their place.

import { ValueError, type Tensor } from '@rushlight/core';
import { members } from '../module/members.ts';
import type { Module } from '../module/module.ts';
import type { Parameter } from '../parameter.ts';

type Fields = Record<string, unknown>;

/** What a field holds, own or not. */
export const fieldOf = (module: Module, name: string): unknown => (module as unknown as Fields)[name];

/** Puts something into a field that is no parameter or buffer by itself. */
export function setField(module: Module, name: string, value: unknown): void {
  (module as unknown as Fields)[name] = value;
}

export function removeField(module: Module, name: string): void {
  Reflect.deleteProperty(module, name);
}

/** The parameter or buffer of that name. Throws ValueError if there is none. */
export function tensorIn(op: string, module: Module, name: string): Tensor {
  const { parameters, buffers } = module[members]();
  const found = [...parameters, ...buffers].find(([key]) => key === name);
  if (found) return found[1];
  const known = [...parameters, ...buffers].map(([key]) => `"${key}"`).join(', ') || 'none';
  throw new ValueError(op, `${String(module)} has no parameter or buffer "${name}". It has ${known}.`);
}

/** The parameter of that name. Throws ValueError if there is none. */
export function parameterIn(op: string, module: Module, name: string): Parameter {
  const { parameters } = module[members]();
  const found = parameters.find(([key]) => key === name);
  if (found) return found[1];
  const known = parameters.map(([key]) => `"${key}"`).join(', ') || 'none';
  throw new ValueError(op, `${String(module)} has no parameter "${name}". It has ${known}.`);
}
