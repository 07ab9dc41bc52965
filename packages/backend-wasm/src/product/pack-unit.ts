import { callCode, i32, type Callable } from '../assembler/index.ts';
import { entry, entryAt, packer, times, unitFunction, type Recipe } from './unit.ts';

/** Packs rows before they are multiplied: a unit is a panel, over the whole depth, of one of the different first factors. */
export function packUnit(recipe: Recipe): Callable {
  const { rows } = recipe.arithmetic;
  return unitFunction(recipe, ({ fn, unit, word, plan }) => {
    const panel = fn.name(i32.remU(unit, plan('panels')));
    const isLast = i32.eq(i32.add(panel, i32.const(1)), plan('panels'));
    const row = i32.select(isLast, plan('lastPanel'), times(panel, rows));
    const from = i32.add(word('a'), entry(plan('aDistinct'), i32.divU(unit, plan('panels'))));
    const to = i32.add(word('packed'), i32.mul(unit, plan('panelBytes')));
    fn.do(callCode(packer(recipe, rows), [from, entryAt(plan('aLanes'), row), plan('aDepth'), plan('depth'), to]));
  });
}
