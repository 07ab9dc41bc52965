// What a program is called in a profile: its kind, what it computes, and the sizes of a launch.

import { describe, postorder, type Expr, type Launch, type LoopProgram, type Program } from '../kernel/index.ts';

/** Names of operations, each once, as far as a line of a table has room for them. */
const mostNames = 8;
const leaves: ReadonlySet<string> = new Set(['input', 'scalar', 'stage', 'position', 'index', 'constant']);

function operations(exprs: readonly Expr[]): string {
  const names = new Set<string>(postorder(exprs).map(({ op }) => op));
  for (const leaf of leaves) names.delete(leaf);
  const shown = [...names].slice(0, mostNames);
  return [...shown, ...(names.size > mostNames ? ['…'] : [])].join(' ');
}

/** Stage after stage, then the outputs: `max, sub exp -> sum, div`. */
function loopFormula({ stages, outputs }: LoopProgram): string {
  const steps = stages.map(({ reduce, expr }) => {
    const made = operations([expr]);
    return made ? `${made} -> ${reduce}` : reduce;
  });
  const stored = operations(outputs.map(({ expr }) => expr));
  if (stored) steps.push(stored);
  if (steps.length > 0) return steps.join(', ');
  return outputs.some(({ expr }) => expr.op === 'input') ? 'copy' : 'fill';
}

const sizesOf = (sizes: readonly number[]): string => `[${sizes.join(', ')}]`;

/** Sizes of rows and, where there are stages, of what these reduce. */
function loopSizes({ rowRank, stages }: LoopProgram, sizes: readonly number[]): string {
  if (stages.length === 0) return sizesOf(sizes);
  return `${sizesOf(sizes.slice(0, rowRank))} over ${sizesOf(sizes.slice(rowRank))}`;
}

function convSizes(spatial: number, sizes: readonly number[]): string {
  const [n = 1, g = 1, ci = 1, co = 1] = sizes;
  const [image, kernel] = [sizes.slice(4, 4 + spatial), sizes.slice(4 + spatial, 4 + 2 * spatial)];
  return `${sizesOf([n, g * ci, ...image])} by ${sizesOf([g * co, ci, ...kernel])}`;
}

const epilogueOf = (epilogue: Expr): string => {
  const names = operations([epilogue]);
  return names ? ` + ${names}` : '';
};

function withSizes(program: Program, sizes: readonly number[]): string {
  switch (program.kind) {
    case 'loop':
      return `loop ${loopFormula(program)} ${loopSizes(program, sizes)}`;
    case 'matmul': {
      const { batchRank, epilogue } = program;
      const [m = 1, n = 1, k = 1] = sizes.slice(batchRank);
      const batch = batchRank > 0 ? `${sizes.slice(0, batchRank).join('×')}× ` : '';
      return `matmul ${batch}${sizesOf([m, k])} @ ${sizesOf([k, n])}${epilogueOf(epilogue)}`;
    }
    case 'conv':
      return `conv ${program.direction} ${convSizes(program.spatial, sizes)}${epilogueOf(program.epilogue)}`;
    case 'gather':
    case 'sort':
      return `${program.kind} ${sizesOf(sizes)}`;
    case 'scatter':
    case 'scan':
      return `${program.kind} ${program.reduce} ${sizesOf(sizes)}`;
  }
}

function resultType(program: Program): string {
  const { dtype } = ('output' in program ? program.output : program.outputs[0]) ?? { dtype: 'float32' };
  return describe(dtype).kind === 'float' && dtype !== 'float32' ? ` ${dtype}` : '';
}

/**
 * The name of a launch's program, for people: `loop mul add max [64, 128]`, `loop mul -> sum [64] over [128]`,
 * `matmul [64, 784] @ [784, 128]`, and its dtype where that is a float, but not float32.
 */
export function programLabel({ program, sizes }: Pick<Launch, 'program' | 'sizes'>): string {
  return withSizes(program, sizes) + resultType(program);
}
