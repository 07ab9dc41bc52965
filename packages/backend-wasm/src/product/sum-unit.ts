import { callCode, i32, v128, type Callable } from '../assembler/index.ts';
import { minimum, unitBlock, unitFunction, type Recipe } from './unit.ts';

/** Adds the sums of all pieces of the depth, in their order, and finishes a block of the output. */
export function sumUnit(recipe: Recipe): Callable {
  const { arithmetic, finish } = recipe;
  return unitFunction(recipe, (u) => {
    const { fn, unit, word, plan, launch, scratch } = u;
    const { batch, row, rowEnd, column, columns } = unitBlock(u, unit);
    const first = i32.add(word('partial'), i32.mul(unit, i32.mul(plan('pieces'), plan('partialBytes'))));
    const sums = fn.name(i32.add(scratch, plan('scratchSums')));
    const [i, from, most] = [fn.name(row), fn.name(first), fn.name(i32.const(arithmetic.rows))];
    const [at, source, piece, total] = [fn.local('i32'), fn.local('i32'), fn.local('i32'), fn.local('v128')];
    fn.while(i, rowEnd, arithmetic.rows, () => {
      const left = fn.name(i32.sub(rowEnd, i));
      const rows = fn.name(minimum(left, most));
      const bytes = fn.name(i32.mul(rows, plan('width')));
      fn.set(at, i32.const(0));
      fn.while(at, bytes, 16, () => {
        fn.set(source, i32.add(from, at));
        fn.set(total, v128.load(source));
        fn.set(piece, i32.const(1));
        fn.while(piece, plan('pieces'), 1, () => {
          fn.add(source, plan('partialBytes'));
          fn.set(total, arithmetic.add(total, v128.load(source)));
        });
        fn.do(v128.store(i32.add(sums, at), total));
      });
      fn.do(callCode(finish, [launch, batch, sums, i, rows, column, columns]));
      fn.add(from, bytes);
    });
  });
}
