import { callCode, i32, type Callable } from '../assembler/index.ts';
import { depthFrom, entry, entryAt, minimum, packer, times, unitFunction, type Recipe } from './unit.ts';

/** Packs rows before they are multiplied: a unit is a panel, over the whole depth, of one of the different first factors. */
export function packUnit(recipe: Recipe): Callable {
  const { rows, bytes } = recipe.arithmetic;
  return unitFunction(recipe, (u) => {
    const { fn, unit, word, plan } = u;
    const panel = fn.name(i32.remU(unit, plan('rowPanels')));
    const isLast = i32.eq(i32.add(panel, i32.const(1)), plan('rowPanels'));
    const row = i32.select(isLast, plan('lastPanel'), times(panel, rows));
    const from = fn.name(i32.add(word('a'), entry(plan('aDistinct'), i32.divU(unit, plan('rowPanels')))));
    const to = i32.add(word('packed'), i32.mul(unit, plan('panelBytes')));
    const [lanes, done, out] = [fn.name(entryAt(plan('aLanes'), row)), fn.name(i32.const(0)), fn.name(to)];
    fn.while(done, plan('depth'), 0, () => {
      const left = fn.name(i32.sub(plan('depth'), done));
      const depth = fn.name(minimum(plan('chunk'), left));
      const { origin, table } = depthFrom(u, 'a', from, done);
      fn.do(callCode(packer(recipe, rows), [origin, lanes, table, depth, out]));
      fn.add(done, depth);
      fn.add(out, times(depth, rows * bytes));
    });
  });
}
