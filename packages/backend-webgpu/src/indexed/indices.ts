// What gather and scatter share: indices are read, checked, and say how far an element is moved.

import type { IndexedDim, OperandType, View } from '@rushlight/core/kernel';
import { OperandAccess } from '../wgsl/operand-access.ts';
import type { Binding, Shader } from '../wgsl/shader.ts';

/** How the indices of a launch are read from a dispatch's subject. */
export interface IndexSource<S> {
  readonly wrap: boolean;
  readonly types: readonly OperandType[];
  readonly bindings: readonly Binding[];
  view(subject: S, k: number): View;
  dim(subject: S, k: number): IndexedDim;
}

/** The indices of a kernel. */
export class Indices<S> {
  private readonly shader: Shader<S>;
  private readonly wrap: boolean;
  private readonly indices: readonly { readonly access: OperandAccess<S>; readonly size: string; readonly stride: string }[]; // prettier-ignore

  constructor(shader: Shader<S>, { wrap, types, bindings, view, dim }: IndexSource<S>) {
    this.shader = shader;
    this.wrap = wrap;
    this.indices = types.map((type, k) => ({
      access: new OperandAccess(shader, type, bindings[k] as Binding, (subject) => view(subject, k)),
      size: shader.word('u32', (subject) => dim(subject, k).size),
      stride: shader.word('u32', (subject) => dim(subject, k).stride),
    }));
  }

  /**
   * Reads them at a position of the box: `offset` is what they add to an address, `good` a bool term that says whether all are in
   * range. With `position`, a u32 term, one that is not fails the launch.
   */
  read(at: readonly string[], position?: string): { readonly offset: string; readonly good: string } {
    const { shader } = this;
    const offsets: string[] = [];
    let good: string | undefined;
    this.indices.forEach(({ access, size, stride }, k) => {
      const value = access.load(access.walk(at));
      const wrapped = this.wrap
        ? shader.let(`select(0u, ${size}, ${value} < 0) + u32(${value})`, 'w')
        : `u32(${value})`;
      const fits = shader.let(`${wrapped} < ${size}`, 'k');
      const before = good === undefined ? '' : `${good} && `;
      if (position !== undefined)
        shader.push(shader.fail(`${before}!${fits}`, k, { type: 'i32', text: value }, position));
      good = before === '' ? fits : shader.let(`${before}${fits}`, 'k');
      offsets.push(`${wrapped} * ${stride}`);
    });
    return { offset: offsets.length > 0 ? shader.let(offsets.join(' + '), 'o') : '0u', good: good ?? 'true' };
  }
}
