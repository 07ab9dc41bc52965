import { call, f32, f32x4, f64, FunctionBuilder, type Callable } from '../assembler/index.ts';
import type { Emitter } from '../emitter.ts';

/** A function of vectors that calls the host's of that name, lane by lane: slow, for arguments that are rare. */
export function byLanes(e: Emitter, name: string, arity: 1 | 2): Callable {
  return e.shared(`${name} by lanes`, () => {
    const fn = new FunctionBuilder(Array(arity).fill('v128'), 'v128');
    const host = e.module.import(name, Array(arity).fill('f64'), 'f64');
    const vectors = Array.from({ length: arity }, (_, k) => fn.param('v128', k));
    const result = fn.local('v128');
    for (const lane of [0, 1, 2, 3]) {
      const numbers = vectors.map((x) => f64.promoteF32(f32x4.extractLane(x, lane)));
      fn.set(result, f32x4.replaceLane(result, lane, f32.demoteF64(call('f64', host, ...numbers))));
    }
    fn.return(result);
    return fn;
  });
}
