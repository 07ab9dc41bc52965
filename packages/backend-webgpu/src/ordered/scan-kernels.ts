// Scans of lines that are cut into chunks: by a thread for each chunk, or by a workgroup, which goes through it tile by tile.

import type { Shader } from '../wgsl/shader.ts';
import type { Combining, Entry, Line } from './scan-lines.ts';
import { scanWorkgroup } from './workgroup-scan.ts';

/** How lines are cut. */
export interface Cut {
  readonly rows: number;
  readonly length: number;
  /** Chunks of a line, and elements of a chunk. */
  readonly chunks: number;
  readonly span: number;
}

/** What of a chunk is wanted, and what it begins with. */
export interface ChunkTask {
  /** Where running values go. */
  readonly line: Line;
  /** Whether they are stored. */
  readonly stores: boolean;
  /** Where the total of a chunk goes. */
  readonly totals?: Line;
  /** Where the running totals of chunks are, of which the one before it is combined into all of a chunk. */
  readonly before?: Line;
}

interface CutWords {
  readonly length: string;
  readonly chunks: string;
  readonly span: string;
  readonly all: string;
}

const cutWords = <S>(shader: Shader<S>, cut: (subject: S) => Cut): CutWords => ({
  length: shader.word('u32', (subject) => cut(subject).length),
  chunks: shader.word('u32', (subject) => cut(subject).chunks),
  span: shader.word('u32', (subject) => cut(subject).span),
  all: shader.word('u32', (subject) => cut(subject).rows * cut(subject).chunks),
});

/** Pushes where the chunk of number `at` lies, and declares what it begins with. */
function beginChunk<S>(
  shader: Shader<S>,
  combining: Combining<S>,
  task: ChunkTask,
  words: CutWords,
  at: string,
): Entry {
  const { length, chunks, span } = words;
  shader.push(
    `let row = ${at} / ${chunks};`,
    `let chunk = ${at} - row * ${chunks};`,
    `let begin = chunk * ${span};`,
    `let end = min(${length}, begin + ${span});`,
  );
  task.line.begin('row');
  const total = combining.declare('total');
  if (task.before) {
    task.before.begin('row');
    shader.push('if (chunk > 0u) {');
    shader.push(...combining.set(total, task.before.load('chunk - 1u')), '}');
  }
  return total;
}

/** A body that gives each thread a chunk. */
export function scanByThreads<S>(
  shader: Shader<S>,
  combining: Combining<S>,
  task: ChunkTask,
  cut: (subject: S) => Cut,
): void {
  const words = cutWords(shader, cut);
  shader.push(`let at = group * ${shader.threads}u + lane;`, `if (at < ${words.all}) {`);
  const total = beginChunk(shader, combining, task, words, 'at');
  shader.push('for (var k = begin; k < end; k++) {');
  shader.push(...combining.into(total, total, task.line.load('k')));
  if (task.stores) task.line.store('k', total);
  shader.push('}');
  task.totals?.begin('row');
  task.totals?.store('chunk', total);
  shader.push('}');
}

/** Elements of a tile that a thread has. */
const perThread = 4;

/** A body that gives each workgroup a chunk. */
export function scanByWorkgroups<S>(
  shader: Shader<S>,
  combining: Combining<S>,
  task: ChunkTask,
  cut: (subject: S) => Cut,
): void {
  const { threads } = shader;
  const words = cutWords(shader, cut);
  const { type, positions } = combining;
  shader.declare(`var<workgroup> part: array<${type}, ${threads}>;`);
  if (positions) shader.declare(`var<workgroup> partPosition: array<u32, ${threads}>;`);
  const part = (at: string): Entry => ({ value: `part[${at}]`, position: positions ? `partPosition[${at}]` : '0u' });
  const own = (at: string): Entry => ({ value: `own[${at}]`, position: positions ? `ownPosition[${at}]` : '0u' });
  const total = beginChunk(shader, combining, task, words, 'group');
  shader.push(
    `let stop = select(0u, end, group < ${words.all});`,
    `for (var start = begin; start < stop; start += ${threads * perThread}u) {`,
    `let first = start + lane * ${perThread}u;`,
    `var own: array<${type}, ${perThread}>;`,
    ...(positions ? [`var ownPosition: array<u32, ${perThread}>;`] : []),
  );
  const sum = combining.declare('sum');
  shader.push(`for (var e = 0u; e < ${perThread}u; e++) {`, 'let k = first + e;', 'if (k < stop) {');
  shader.push(...combining.into(sum, sum, task.line.load('k')), '}', ...combining.set(own('e'), sum), '}');
  shader.push(...combining.set(part('lane'), sum));
  const entry = ([value = '', position = '0u']: readonly string[]): Entry => ({ value, position });
  scanWorkgroup(shader, {
    names: positions ? ['part', 'partPosition'] : ['part'],
    types: [type, 'u32'],
    combine: (later, earlier) => combining.into(entry(later), entry(earlier), entry(later)),
  });
  if (task.stores) {
    const before = combining.declare('before', total);
    shader.push('if (lane > 0u) {');
    shader.push(...combining.into(before, before, part('lane - 1u')), '}');
    shader.push(`for (var e = 0u; e < ${perThread}u; e++) {`, 'let k = first + e;', 'if (k < stop) {');
    const result = combining.declare('result');
    shader.push(...combining.into(result, before, own('e')));
    task.line.store('k', result);
    shader.push('}', '}');
  }
  shader.push(...combining.into(total, total, part(`${threads - 1}u`)), 'workgroupBarrier();', '}');
  if (task.totals) {
    shader.push(`if (lane == 0u && group < ${words.all}) {`);
    task.totals.begin('row');
    task.totals.store('chunk', total);
    shader.push('}');
  }
}
