// What a reduction gathers in: variables of a thread, and how two of them become one.

import { describe, isFloat, type DType, type Reduction, type Stage } from '@rushlight/core/kernel';
import { applyBinary } from '../wgsl/operations.ts';
import type { Shader } from '../wgsl/shader.ts';
import { valueType } from '../wgsl/value-types.ts';

/** What a reduction over nothing gives, as a term. */
function identity<S>(shader: Shader<S>, reduce: Reduction, dtype: DType): string {
  const { kind, bits } = describe(dtype);
  const least = reduce === 'sum' || reduce === 'max' || reduce === 'argmax';
  if (kind === 'bool') return `${!least}`;
  const number = (float: number, int: string, byte: number): string =>
    kind === 'float' ? shader.float(float) : bits === 8 ? `${byte}u` : int;
  if (reduce === 'sum') return number(0, '0i', 0);
  if (reduce === 'prod') return number(1, '1i', 1);
  return least ? number(-Infinity, 'i32(-2147483647 - 1)', 0) : number(Infinity, '2147483647i', 255);
}

/** Whether `value` replaces `best`: NaN wins over numbers, and of equals the first stays. */
function wins<S>(shader: Shader<S>, larger: boolean, dtype: DType, value: string, best: string): string {
  if (dtype === 'bool') return larger ? `(${value} && !${best})` : `(!${value} && ${best})`;
  const order = `${value} ${larger ? '>' : '<'} ${best}`;
  if (!isFloat(dtype)) return `(${order})`;
  const isNan = shader.use('isNan');
  return `(!${isNan}(${best}) && (${isNan}(${value}) || ${order}))`;
}

export class Accumulator<S> {
  readonly reduce: Reduction;
  readonly dtype: DType;
  /** The variables. */
  readonly value: string;
  readonly position: string | undefined;
  /** Whether it is rounded at every step, so that few steps in a row are better. */
  readonly rounds: boolean;
  private readonly shader: Shader<S>;

  /** Declares the variables. */
  constructor(shader: Shader<S>, { reduce, expr }: Stage) {
    this.shader = shader;
    this.reduce = reduce;
    this.dtype = expr.dtype;
    this.rounds = reduce === 'sum' && isFloat(expr.dtype);
    this.value = this.variable();
    this.position = reduce === 'argmax' || reduce === 'argmin' ? shader.name('found') : undefined;
    if (this.position !== undefined) shader.push(`var ${this.position} = -1i;`);
  }

  private variable(): string {
    const { shader, reduce, dtype } = this;
    const name = shader.name('total');
    shader.push(`var ${name}: ${valueType(dtype)} = ${identity(shader, reduce, dtype)};`);
    return name;
  }

  /** A sum of its own, which is to be added to this one. */
  part(): string {
    return this.variable();
  }

  /** Takes a value, found at `column` (u32), behind those that it has; `into` a part of it. */
  add(value: string, column: string, into = this.value): void {
    const { shader, position } = this;
    if (position === undefined) return shader.push(`${into} = ${this.combined(into, value)};`);
    shader.push(
      `if (${position} < 0i || ${this.wins(value, into)}) { ${into} = ${value}; ${position} = i32(${column}); }`,
    );
  }

  /** Takes what another one of its kind has gathered, which may come from columns before its own. */
  merge(value: string, position: string): void {
    const { shader, value: own } = this;
    if (this.position === undefined) return shader.push(`${own} = ${this.combined(own, value)};`);
    const first = `${this.position} < 0i || ${this.wins(value, own)} || (${position} < ${this.position} && !${this.wins(own, value)})`;
    shader.push(`if (${position} >= 0i && (${first})) { ${own} = ${value}; ${this.position} = ${position}; }`);
  }

  private wins(value: string, best: string): string {
    return wins(this.shader, this.reduce === 'argmax', this.dtype, value, best);
  }

  private combined(a: string, b: string): string {
    const { shader, reduce, dtype } = this;
    const op = reduce === 'sum' ? 'add' : reduce === 'prod' ? 'mul' : reduce === 'max' ? 'max' : 'min';
    return applyBinary(shader, op, dtype, a, b);
  }
}

/** A value as the bits of an int32, and back: what a kernel leaves for the next one is kept so. */
export function toBits(dtype: DType, value: string): string {
  return dtype === 'bool' ? `select(0i, 1i, ${value})` : `bitcast<i32>(${value})`;
}

export function fromBits(dtype: DType, bits: string): string {
  return dtype === 'bool' ? `(${bits} != 0i)` : `bitcast<${valueType(dtype)}>(${bits})`;
}
