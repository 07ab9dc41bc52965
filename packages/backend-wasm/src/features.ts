// What the engine at hand can do, asked of it by small modules: never by its name or version.

import { f32x4, FunctionBuilder, ModuleBuilder, type V128 } from './assembler/index.ts';

export interface Features {
  /** Multiplication and addition rounded once, where the processor has that. */
  readonly relaxed: boolean;
  /** Pairs of neighbouring vector operations become one of twice the width: code comes in such pairs. */
  readonly wide: boolean;
}

function accepts(write: (x: V128) => V128): boolean {
  const module = new ModuleBuilder();
  const fn = module.add(new FunctionBuilder([]));
  fn.name(write(f32x4.const(1)));
  return WebAssembly.validate(module.finish({ shared: false, maximum: 1 }));
}

/** Whether there is WebAssembly at all, with vectors of 128 bits. */
export const hasSimd = (): boolean => typeof WebAssembly === 'object' && accepts((x) => f32x4.add(x, x));

export const hasRelaxedSimd = (): boolean => accepts((x) => f32x4.relaxedMadd(x, x, x));
