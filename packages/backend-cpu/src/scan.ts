// Running reductions along the last dim: row by row, or, where the dim is strided and the rows are neighbours, a strip
// of rows at a time.

import { describe } from '@rushlight/core/kernel';
import type { ScanProgram } from '@rushlight/core/kernel';
import { type Cell, combined, identity, localCell, stripCell } from './accumulator.ts';
import { type Code, apply, either, number, test, zero } from './code.ts';
import { stored } from './lower-expr.ts';
import { OperandAccess } from './operand-access.ts';
import { CodeBuilder, Scope } from './scope.ts';

const stripLength = 512;

/** With `strips` the last dim of the rows is walked innermost. */
export function scheduleScan(program: ScanProgram, strips: boolean): Code {
  const code = new CodeBuilder();
  const { rank, reduce, input } = program;
  const source = new OperandAccess(code, 0, input, rank);
  const outputs = program.outputs.map((type, k) => new OperandAccess(code, k + 1, type, rank));
  const [out, positions] = outputs;
  const range = (dim: number) => ({ dim, to: code.size(dim) });
  const rows = Array.from({ length: rank - 1 }, (_, dim) => range(dim));

  const step = (scope: Scope, total: Cell, found: Cell): void => {
    const value = code.name(scope.block, source.load(scope).value());
    const before = code.name(scope.block, total.get(scope));
    if (positions) {
      // Unlike a stage, of equals the last wins (as torch.cummax); NaN wins, also the last of them.
      const better = test(reduce === 'max' ? 'ge' : 'le', value, before);
      const isNaN = test('ne', value, value);
      const k = scope.loops.find(({ dim }) => dim === rank - 1)?.counter ?? zero;
      const replaces = describe(input.dtype).kind === 'float' ? either(better, isNaN) : better;
      scope.when(replaces, (inner) => found.set(inner, k));
      positions.store(scope, found.get(scope));
    }
    const after = code.name(scope.block, combined(reduce, input.dtype, before, value));
    total.set(scope, after);
    if (out) out.store(scope, stored(after, input.dtype, out.type.dtype));
  };

  const first = identity(reduce, input.dtype);
  const root = new Scope(code);
  if (strips) {
    const strip = { ...range(rank - 2), step: stripLength };
    root.within([...rows.slice(0, -1), strip], (scope) => {
      const start = scope.loops[scope.depth - 1]?.counter ?? zero;
      const rest = apply('sub', 'float64', code.size(rank - 2), start);
      const inner = { dim: rank - 2, to: code.name(scope.block, apply('min', 'float64', rest, number(stripLength))) };
      const [total, found] = [stripCell(scope, stripLength), stripCell(scope, stripLength)];
      scope.within([inner], (row) => {
        total.set(row, first);
        found.set(row, zero);
      });
      scope.within([range(rank - 1), inner], (at) => step(at, total, found));
    });
  } else {
    root.within(rows, (scope) => {
      const [total, found] = [localCell(scope, first), localCell(scope, zero)];
      scope.within([range(rank - 1)], (at) => step(at, total, found));
    });
  }
  return code.finish();
}
