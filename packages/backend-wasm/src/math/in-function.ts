import { call, FunctionBuilder, type Local, type V128 } from '../assembler/index.ts';
import type { Emitter } from '../emitter.ts';

/** `write` of the arguments, by a function of the module that all its uses share: for formulas that are long and rare. */
export function inFunction(
  e: Emitter,
  name: string,
  args: readonly V128[],
  write: (inner: Emitter, ...params: Local<'v128'>[]) => V128,
): V128 {
  const types = args.map(() => 'v128' as const);
  const shared = e.shared(name, () => {
    const fn = new FunctionBuilder(types, 'v128');
    fn.return(write(e.other(fn), ...types.map((type, k) => fn.param(type, k))));
    return fn;
  });
  return call('v128', shared, ...args);
}
