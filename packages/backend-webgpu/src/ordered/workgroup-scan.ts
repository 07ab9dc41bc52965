// A scan over the threads of a workgroup: each brings a value and learns what those before it and itself combine to. A few threads go through
// a run of neighbours each, then every thread takes in what the runs before its own came to: that is few barriers.

import type { Shader } from '../wgsl/shader.ts';

/** Arrays that the workgroup shares, of one element for each thread, and the types of their elements. */
export interface SharedValues {
  readonly names: readonly string[];
  readonly types: readonly string[];
  /** Statements by which `later`, terms in the order of the names, becomes the combination of `earlier` and itself. */
  combine(later: readonly string[], earlier: readonly string[]): readonly string[];
}

/** Neighbours that one thread goes through. */
const run = 16;

/**
 * Replaces the elements of each thread by the combination of all up to it. To be pushed where every thread of the workgroup comes by,
 * after each has written its own elements; afterwards all may be read.
 */
export function scanWorkgroup<S>(shader: Shader<S>, { names, types, combine }: SharedValues): void {
  const runs = shader.threads / run;
  const at = (place: string): string[] => names.map((name) => `${name}[${place}]`);
  const own = names.map(() => shader.name('v'));
  shader.push(
    'workgroupBarrier();',
    `if (lane < ${runs}u) {`,
    `for (var step = lane * ${run}u + 1u; step < (lane + 1u) * ${run}u; step++) {`,
  );
  shader.push(...combine(at('step'), at('step - 1u')), '}', '}', 'workgroupBarrier();');
  own.forEach((name, k) => shader.push(`var ${name}: ${types[k]} = ${names[k]}[lane];`));
  // From the nearest run backwards, so that each comes before what is there already.
  shader.push(`for (var before = lane / ${run}u; before > 0u; before--) {`);
  shader.push(...combine(own, at(`before * ${run}u - 1u`)), '}', 'workgroupBarrier();');
  own.forEach((name, k) => shader.push(`${names[k]}[lane] = ${name};`));
  shader.push('workgroupBarrier();');
}
