// Gather and scatter: walks whose one side is also moved by what the index operands say. An index that does not change
// in the innermost loops is read and checked outside of them, so that fetching rows of a table copies rows.

import type { GatherProgram, ScatterProgram } from '@rushlight/core/kernel';
import { combined } from './accumulator.ts';
import { type Code, type Value, choose, either, plus, test, times, zero } from './code.ts';
import { stored } from './lower-expr.ts';
import { OperandAccess } from './operand-access.ts';
import { type Affine, CodeBuilder, Scope, rowMajor } from './scope.ts';

const reductions = { add: 'sum', mul: 'prod', max: 'max', min: 'min' } as const;

/** The sizes of a launch of this code are not 0. */
export function scheduleGather(program: GatherProgram): Code {
  return walk(program, (scope, source, out, indexed) => {
    const value = source.load(scope, indexed(source)).value();
    out.store(scope, stored(value, source.type.dtype, out.type.dtype));
  });
}

/** The sizes of a launch of this code are not 0. */
export function scheduleScatter(program: ScatterProgram): Code {
  return walk(program, (scope, source, out, indexed) => {
    const { dtype } = out.type;
    const address = indexed(out);
    const value = source.load(scope).value();
    if (program.reduce === 'set') return out.store(scope, stored(value, source.type.dtype, dtype), address);
    const [old, next] = [out.load(scope, address).value(), value].map((v) => scope.code.name(scope.block, v));
    out.store(
      scope,
      stored(combined(reductions[program.reduce], dtype, old ?? zero, next ?? zero), dtype, dtype),
      address,
    );
  });
}

type Body = (
  scope: Scope,
  source: OperandAccess,
  out: OperandAccess,
  indexed: (access: OperandAccess) => Affine,
) => void;

function walk(program: GatherProgram | ScatterProgram, body: Body): Code {
  const code = new CodeBuilder();
  const access = (slot: number, type: OperandAccess['type']): OperandAccess =>
    new OperandAccess(code, slot, type, program.rank);
  const [sourceType, ...indexTypes] = program.inputs;
  const source = access(0, sourceType);
  const indices = indexTypes.map((type, k) => access(k + 1, type));
  const out = access(program.inputs.length, program.output);
  const position = rowMajor(code, 0, program.rank);
  const dims = Array.from({ length: program.rank }, (_, dim) => ({ dim, to: code.size(dim) }));
  new Scope(code).within(dims, (scope) => {
    let level = 0;
    let offset: Value = zero;
    indices.forEach((index, k) => {
      const leaf = index.load(scope);
      // Not outside of where an earlier index is checked: the first failure is the one to report.
      level = Math.max(level, leaf.level);
      const block = scope.at(level);
      const size = code.param('indexed', k, 'size');
      const value = code.name(block, leaf.value());
      const wrapped = program.wrap
        ? code.name(block, choose(test('lt', value, zero), plus(value, size), value))
        : value;
      const condition = either(test('lt', wrapped, zero), test('ge', wrapped, size));
      block.statements.push({ kind: 'fail', condition, check: k, value, position: scope.inline(position, level) });
      offset = code.name(block, plus(offset, times(wrapped, code.param('indexed', k, 'stride'))));
    });
    const [addedLevel, added] = [level, offset];
    body(scope, source, out, ({ address }) =>
      addedLevel === 0
        ? { ...address, base: code.name(code.root, plus(address.base, added)) }
        : { ...address, added: { level: addedLevel, value: added } },
    );
  });
  return code.finish();
}
