// What a program by itself must obey, whatever it is launched with: what its expressions read, and its dtypes.

import { postorder } from '../kernel/index.ts';
import type { DType, Expr, LoopProgram, Program } from '../kernel/index.ts';

/** What an expression of a program may read. */
interface Scope {
  readonly inputs: readonly DType[];
  readonly scalars: readonly DType[];
  readonly stages: readonly DType[];
  /** Whether `index('column')` has a meaning. */
  readonly columns: boolean;
  readonly rows: boolean;
  /** Inputs that have one value per row. */
  readonly rowInputs?: readonly boolean[];
}

function exprFaults(name: string, root: Expr, scope: Scope): string[] {
  const declared = { input: scope.inputs, scalar: scope.scalars, stage: scope.stages };
  return postorder([root]).flatMap((e): string[] => {
    const { op, value, dtype } = e;
    if (op === 'detach' || op === 'override') return [`${name}: a program holds ${op}`];
    if (op === 'position' && value >= scope.stages.length)
      return [`${name}: it reads position ${value} of ${scope.stages.length} stages`];
    if (op === 'index' && !(value === 0 ? scope.rows : scope.columns))
      return [`${name}: it reads the number of a ${value === 0 ? 'row' : 'column'}`];
    if (op === 'input' && scope.rowInputs?.[value] === false) return [`${name}: it reads columns of input ${value}`];
    if (op !== 'input' && op !== 'scalar' && op !== 'stage') return [];
    const known = declared[op][value];
    return known === dtype ? [] : [`${name}: ${op} ${value} is ${dtype} there, ${known ?? 'nothing'} in the program`];
  });
}

function loopFaults(p: LoopProgram): string[] {
  const inputs = p.inputs.map((type) => type.dtype);
  const stages = p.stages.map((s) => s.expr.dtype);
  const element: Scope = { inputs, scalars: p.scalars, stages, columns: true, rows: true };
  const rowInputs = p.inputs.map((type) => type.guards.length === 0 && !/[1s]/.test(type.strides.slice(p.rowRank)));
  // Without columns every element is a row, in column 0.
  const scopes = { element, row: p.columnRank > 0 ? { ...element, columns: false, rowInputs } : element };
  return [
    ...p.stages.flatMap((s, k) => exprFaults(`stage ${k}`, s.expr, { ...element, stages: stages.slice(0, k) })),
    ...p.outputs.flatMap((o, k) => exprFaults(`output ${k}`, o.expr, scopes[o.per])),
    ...p.checks.flatMap((c, k) => [...exprFaults(`check ${k}`, c.fails, scopes[c.per]), ...exprFaults(`check ${k}`, c.value, scopes[c.per])]), // prettier-ignore
    ...p.checks.flatMap((c, k) => (c.fails.dtype === 'bool' ? [] : [`check ${k}: the condition is ${c.fails.dtype}`])),
  ];
}

const known = new WeakMap<Program, readonly string[]>();

/** What is wrong with a program by itself, as sentences. */
export function programFaults(p: Program): readonly string[] {
  const found = known.get(p);
  if (found) return found;
  let wrong: string[] = [];
  if (p.kind === 'loop') wrong = loopFaults(p);
  if (p.kind === 'matmul' || p.kind === 'conv') {
    const [a, b, ...extras] = p.inputs.map((type) => type.dtype);
    if (a !== b) wrong.push(`the factors are ${a} and ${b}`);
    const scope = { inputs: [a ?? 'bool', ...extras], scalars: p.scalars, stages: [], columns: false, rows: false };
    wrong.push(...exprFaults('epilogue', p.epilogue, scope));
  }
  if (p.kind === 'gather' || p.kind === 'scatter') {
    const [source, ...indices] = p.inputs;
    if (source.dtype !== p.output.dtype) wrong.push(`the source is ${source.dtype}, the output ${p.output.dtype}`);
    if (indices.some((type) => type.dtype !== 'int32')) wrong.push('an index is not int32');
  }
  if (p.kind === 'scan' && p.outputs.length > 1 && (p.reduce === 'sum' || p.reduce === 'prod'))
    wrong.push('a sum has no position');
  if (p.kind === 'scan' || p.kind === 'sort') {
    if ((p.outputs[1]?.dtype ?? 'int32') !== 'int32') wrong.push('positions are not int32');
    if (p.rank < 1) wrong.push('there is no dim to go along');
  }
  if (p.kind === 'sort' && p.outputs[0].dtype !== p.input.dtype)
    wrong.push(`it sorts ${p.input.dtype} into ${p.outputs[0].dtype}`);
  known.set(p, wrong);
  return wrong;
}
