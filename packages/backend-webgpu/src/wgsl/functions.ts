// Functions of WGSL that shaders may use: what the language leaves open, done as the kernel language means it. See MATH.md for their errors.

import { arithmeticFunctions } from './math/arithmetic.ts';
import { bitFunctions } from './math/bits.ts';
import { errorFunctions } from './math/error-function.ts';
import { exponentialFunctions } from './math/exponential.ts';
import { halfFunctions } from './math/halves.ts';
import { hyperbolicFunctions } from './math/hyperbolic.ts';
import { integerFunctions } from './math/integers.ts';
import { inverseTrigonometricFunctions } from './math/inverse-trigonometric.ts';
import { logarithmFunctions } from './math/logarithm.ts';
import { powerFunctions } from './math/power.ts';
import { trigonometricFunctions } from './math/trigonometric.ts';

const library = {
  ...bitFunctions,
  ...arithmeticFunctions,
  ...halfFunctions,
  ...integerFunctions,
  ...exponentialFunctions,
  ...logarithmFunctions,
  ...trigonometricFunctions,
  ...inverseTrigonometricFunctions,
  ...hyperbolicFunctions,
  ...errorFunctions,
  ...powerFunctions,
} as const;

export type FunctionName = keyof typeof library;

export interface LibraryFunction {
  readonly code: string;
  /** Functions of the library that it calls. */
  readonly uses: readonly FunctionName[];
}

const isName = (name: string): name is FunctionName => Object.hasOwn(library, name);

function described(own: FunctionName, code: string): LibraryFunction {
  const called = [...code.matchAll(/\b(\w+)\(/g)].map(([, name = '']) => name);
  return { code, uses: [...new Set(called)].filter(isName).filter((name) => name !== own) };
}

export const functions = Object.fromEntries(
  Object.entries(library).map(([name, code]) => [name, described(name as FunctionName, code)]),
) as Readonly<Record<FunctionName, LibraryFunction>>;
