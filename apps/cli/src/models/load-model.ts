// A model by its name, or out of a file of the user's, in TypeScript or JavaScript.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { createJiti } from 'jiti';
import * as rushlight from 'rushlight';
import * as rushlightNode from 'rushlight/node';
import { modelNames, modelOf } from '../config/choices.ts';
import { ConfigError } from '../config/config-error.ts';
import { messageOf } from '../config/message-of.ts';
import { builtIn, type Model, type ModelSpec } from './built-in.ts';

/** Makes the model that `name` names. Throws ConfigError where there is none, or where its file fails. */
export async function loadModel(name: string, spec: ModelSpec): Promise<Model> {
  const choice = modelOf(name);
  return choice === 'a file' ? fromFile(resolve(name), spec) : builtIn[choice](spec);
}

/** What the default export of a file may be. */
type Export = (new (spec: ModelSpec) => Model) | ((spec: ModelSpec) => Model | Promise<Model>);

async function fromFile(path: string, spec: ModelSpec): Promise<Model> {
  if (!existsSync(path)) throw new ConfigError(`${path} is not there. Pass the file of a model, or one of ${modelNames.join(', ')}.`); // prettier-ignore
  // The file sees this very copy of the library, wherever it lies.
  const jiti = createJiti(import.meta.url, {
    moduleCache: false,
    virtualModules: { rushlight, 'rushlight/node': rushlightNode },
  });
  let made: unknown;
  try {
    const found = await jiti.import<{ default?: Export }>(path);
    const make = found.default;
    if (typeof make !== 'function' || make instanceof rushlight.nn.Module) {
      throw new TypeError('it has no default export that is a class or a function. Write `export default class extends nn.Module { … }`.'); // prettier-ignore
    }
    made = isClass(make) ? new make(spec) : await make(spec);
  } catch (cause) {
    throw new ConfigError(`${path} could not be loaded: ${messageOf(cause)}${placeIn(path, cause)}`, { cause });
  }
  if (!(made instanceof rushlight.nn.Module)) {
    throw new ConfigError(`${path} gives ${String(made)}, which is no nn.Module. Extend nn.Module, or return one.`);
  }
  return made as Model;
}

/** The line of a user's file that an error came from, below its message; empty where it came from elsewhere. */
export function placeIn(path: string, error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const line = stack.split('\n').find((one) => /^\s+at /.test(one) && one.includes(path));
  return line === undefined ? '' : `\n${line}`;
}

const isClass = (value: Export): value is new (spec: ModelSpec) => Model => /^class\b/.test(String(value));
