// A model by its name, or out of a file of the user's, in TypeScript or JavaScript.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { createJiti } from 'jiti';
import * as rushlight from 'rushlight';
import * as rushlightNode from 'rushlight/node';
import { nearest } from '../config/check-settings.ts';
import { ConfigError } from '../config/config-error.ts';
import { messageOf } from '../config/read-config.ts';
import { builtIn, type Model, type ModelSpec } from './built-in.ts';

/** Whether a model's name is that of a file. */
export const isFile = (name: string): boolean => /[\\/]|\.[cm]?[jt]s$/.test(name);

/** Makes the model that `name` names. Throws ConfigError where there is none, or where its file fails. */
export async function loadModel(name: string, spec: ModelSpec): Promise<Model> {
  if (isFile(name)) return fromFile(resolve(name), spec);
  if (!Object.hasOwn(builtIn, name)) {
    const near = nearest(name, Object.keys(builtIn));
    throw new ConfigError(
      `there is no model "${name}". ${near ? `Did you mean ${near}?` : `There are ${Object.keys(builtIn).join(', ')}, or pass a file: ./model.ts.`}`,
    );
  }
  return builtIn[name as keyof typeof builtIn](spec);
}

/** What the default export of a file may be. */
type Export = (new (spec: ModelSpec) => Model) | ((spec: ModelSpec) => Model | Promise<Model>);

async function fromFile(path: string, spec: ModelSpec): Promise<Model> {
  if (!existsSync(path)) throw new ConfigError(`${path} is not there. Pass the file of a model, or one of ${Object.keys(builtIn).join(', ')}.`); // prettier-ignore
  // The file sees this very copy of the library, wherever it lies.
  const jiti = createJiti(import.meta.url, {
    moduleCache: false,
    virtualModules: { rushlight, 'rushlight/node': rushlightNode },
  });
  let made: unknown;
  try {
    const found = await jiti.import<{ default?: Export }>(path);
    const make = found.default;
    if (typeof make !== 'function') {
      throw new TypeError('it has no default export that is a class or a function. Write `export default class extends nn.Module { … }`.'); // prettier-ignore
    }
    made = isModuleClass(make) ? new make(spec) : await (make as (spec: ModelSpec) => unknown)(spec);
  } catch (cause) {
    const place = cause instanceof Error ? (cause.stack?.split('\n').find((line) => line.includes(path)) ?? '') : '';
    throw new ConfigError(`${path} could not be loaded: ${messageOf(cause)}${place && `\n${place}`}`, { cause });
  }
  if (!(made instanceof rushlight.nn.Module)) {
    throw new ConfigError(`${path} gives ${String(made)}, which is no nn.Module. Return a model.`);
  }
  return made as Model;
}

const isModuleClass = (value: unknown): value is new (spec: ModelSpec) => Model =>
  typeof value === 'function' && value.prototype instanceof rushlight.nn.Module;
