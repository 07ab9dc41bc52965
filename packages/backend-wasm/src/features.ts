// What the engine at hand can do, asked of it by small modules: never by its name or version.

import { f32x4, FunctionBuilder, ModuleBuilder, type V128 } from './assembler/index.ts';

export interface Features {
  /** Multiplication and addition rounded once, where the processor has that. */
  readonly relaxed: boolean;
  /** Pairs of neighbouring vector operations become one of twice the width: code comes in such pairs. */
  readonly wide: boolean;
}

function probe(write: (x: V128) => V128, times = 1): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  const fn = module.add(new FunctionBuilder([]));
  const x = fn.local('v128');
  for (let k = 0; k < times; k++) fn.set(x, write(x));
  return module.finish({ shared: false, maximum: 1 });
}

/** Why code with vectors of 128 bits cannot run here, if it cannot. */
export function whyNoSimd(): string | undefined {
  if (typeof WebAssembly !== 'object') return 'this engine has no WebAssembly';
  // Larger than the 4 KiB that pages of older browsers may compile at once, as most kernels are.
  const bytes = probe((x) => f32x4.add(x, x), 1000);
  if (!WebAssembly.validate(bytes)) return 'this engine has WebAssembly without SIMD';
  try {
    // A Content-Security-Policy, too, lets validate and not compile.
    new WebAssembly.Module(bytes);
    return undefined;
  } catch (error) {
    return `WebAssembly may not be compiled here (${error instanceof Error ? error.message : String(error)})`;
  }
}

export const hasRelaxedSimd = (): boolean => WebAssembly.validate(probe((x) => f32x4.relaxedMadd(x, x, x)));
