// The kernel of a product: out[m, n] = epilogue(Σ_k a[m, k] · b[k, n]) for a batch, each factor read through a table of its lanes and
// one of its depth. A run of it does one phase of a launch.

import { callCode, i32, ModuleBuilder, type FunctionBuilder } from '../assembler/index.ts';
import { Emitter } from '../emitter.ts';
import { KernelFunctionBuilder, type Kernel, type Machine } from '../machine.ts';
import type { Arithmetic } from './arithmetic.ts';
import { finishFunction } from './finish.ts';
import { multiplyUnit } from './multiply-unit.ts';
import { packUnit } from './pack-unit.ts';
import { sumUnit } from './sum-unit.ts';
import { launchWords, phases, type ProductStructure, type Variant } from './variant.ts';

/** By machine, as its features are in the code. */
const libraries = new WeakMap<Machine, Map<string, FunctionBuilder>>();

export function compileProduct(
  machine: Machine,
  structure: ProductStructure,
  variant: Variant,
  arithmetic: Arithmetic,
): Kernel {
  const module = new ModuleBuilder();
  const fn = new KernelFunctionBuilder();
  module.add(fn, 'run');
  const e = new Emitter(module, fn, machine.features);
  const finish = module.add(finishFunction(e, structure, variant, arithmetic));
  const library = libraries.get(machine) ?? new Map<string, FunctionBuilder>();
  libraries.set(machine, library);
  const recipe = { e, structure, variant, arithmetic, library, finish };
  const units = {
    multiply: multiplyUnit(recipe),
    ...(variant.inner === 'packed' && { pack: packUnit(recipe) }),
    ...(!variant.direct && { sum: sumUnit(recipe) }),
  };
  const phase = launchWords(structure.ends.length).reader(fn, fn.launchParams)('phase');
  const unit = fn.name(fn.from);
  for (const [name, call] of Object.entries(units)) {
    fn.if(i32.eq(phase, i32.const(phases[name as keyof typeof units])), () =>
      fn.while(unit, fn.to, 1, () => fn.do(callCode(call, [fn.launchParams, unit, fn.thread]))),
    );
  }
  return machine.compile(module);
}
