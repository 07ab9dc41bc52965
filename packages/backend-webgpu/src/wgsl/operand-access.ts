// How a shader reads and writes an operand: where its element is, and whether there is one.

import { exactDivisor, type DType, type OperandType, type View } from '@rushlight/core/kernel';
import type { Binding, Shader, WordType } from './shader.ts';
import { valueType } from './value-types.ts';

/** How far a position leads into an operand: terms of u32, whose arithmetic wraps, so that negative strides are right. */
export interface Place {
  readonly address: string;
  /** The coordinate of each guard. */
  readonly guards: readonly string[];
}

interface GuardTerms {
  readonly start: string;
  /** Per dim what the coordinate gains with each step; undefined where it stays. */
  readonly steps: readonly (string | undefined)[];
  readonly size: string;
  /** Of a guard whose step is not 1: what divides by it (`exactDivisor`), and what the address gains with each quotient. */
  readonly stepped: { readonly divide: (coordinate: string) => string; readonly stride: string } | undefined;
}

/** A number that a launch gives for each dispatch, as a term of a dtype's value type. */
export function valueWord<S>(shader: Shader<S>, dtype: DType, read: (subject: S) => number): string {
  const type = valueType(dtype);
  const word = shader.word(type === 'bool' ? 'u32' : (type satisfies WordType), read);
  return type === 'bool' ? `(${word} != 0u)` : word;
}

/**
 * An operand whose elements are in `binding`, walked as `type` says. Offset, strides, guards and fill are words, read from the view that
 * each dispatch gives. Coordinates are u32 terms, one per dim.
 *
 * @example
 * const x = new OperandAccess(shader, type, binding, (launch) => launch.operands[0]);
 * const value = x.load(x.walk([i, j]));
 */
export class OperandAccess<S> {
  readonly type: OperandType;
  readonly binding: Binding;
  private readonly shader: Shader<S>;
  private readonly offset: string;
  /** Per dim what the address gains with each step: nothing, the coordinate itself, or a term times it. */
  private readonly steps: readonly (string | undefined)[];
  private readonly guards: readonly GuardTerms[];
  private readonly fill: string;

  constructor(shader: Shader<S>, type: OperandType, binding: Binding, view: (subject: S) => View) {
    this.shader = shader;
    this.type = type;
    this.binding = binding;
    const guard = (subject: S, g: number) => view(subject).guards?.[g] ?? noGuard;
    // Where the step is 1 the quotient is the coordinate, so that the guard's stride is one more stride of the operand.
    const folded = type.guards.flatMap((letters, g) => (letters.endsWith('/') ? [] : [{ letters, g }]));
    this.offset = shader.word('u32', (subject) =>
      folded.reduce((sum, { g }) => sum + guard(subject, g).start * guard(subject, g).stride, view(subject).offset),
    );
    this.steps = Array.from(type.strides, (letter, d) => {
      const moving = folded.filter(({ letters }) => letters[d] === 's');
      if (moving.length === 0) return letter === '0' ? undefined : letter === '1' ? one : shader.word('u32', (subject) => view(subject).strides[d] ?? 0); // prettier-ignore
      return shader.word('u32', (subject) => {
        const own = letter === '0' ? 0 : (view(subject).strides[d] ?? 0);
        return moving.reduce(
          (sum, { g }) => sum + (guard(subject, g).coefficients[d] ?? 0) * guard(subject, g).stride,
          own,
        );
      });
    });
    this.guards = type.guards.map((letters, g) => ({
      start: shader.word('u32', (subject) => guard(subject, g).start),
      steps: Array.from(type.strides, (_, d) =>
        letters[d] === 's' ? shader.word('u32', (subject) => guard(subject, g).coefficients[d] ?? 0) : undefined,
      ),
      size: shader.word('u32', (subject) => guard(subject, g).size),
      stepped: letters.endsWith('/')
        ? {
            divide: this.division((subject) => exactDivisor(guard(subject, g).step)),
            stride: shader.word('u32', (subject) => guard(subject, g).stride),
          }
        : undefined,
    }));
    this.fill = type.guards.length > 0 ? valueWord(shader, type.dtype, (subject) => view(subject).fill ?? 0) : '';
  }

  private division(divisor: (subject: S) => ReturnType<typeof exactDivisor>): (coordinate: string) => string {
    const { shader } = this;
    const inverse = shader.word('u32', (subject) => divisor(subject).inverse);
    const right = shader.word('u32', (subject) => divisor(subject).shift);
    const left = shader.word('u32', (subject) => (32 - divisor(subject).shift) % 32);
    return (coordinate) => {
      const product = shader.let(`${coordinate} * ${inverse}`, 'p');
      return shader.let(`(${product} >> ${right}) | (${product} << ${left})`, 'q');
    };
  }

  /** Whether its element is another one, or another guard holds, where a dim of [from, to) has another coordinate. */
  moves(from: number, to: number): boolean {
    return [this.type.strides, ...this.type.guards].some((letters) => /[1s]/.test(letters.slice(from, to)));
  }

  /**
   * Where the coordinates `at` of dims `from` and following lead, on from where those before have led (`outer`): what does not change in a
   * loop is computed before it. `0u` is a coordinate that costs nothing. Statements that are needed are pushed.
   */
  walk(at: readonly string[], from = 0, outer?: Place): Place {
    const { shader } = this;
    const add = (start: string, steps: readonly (string | undefined)[]): string => {
      const terms = at.flatMap((coordinate, k) => {
        const step = steps[from + k];
        return step === undefined || coordinate === '0u'
          ? []
          : step === one
            ? [coordinate]
            : [`${coordinate} * ${step}`];
      });
      return terms.length === 0 ? start : shader.let([start, ...terms].join(' + '), 'a');
    };
    return {
      address: add(outer?.address ?? this.offset, this.steps),
      guards: this.guards.map(({ start, steps }, g) => add(outer?.guards[g] ?? start, steps)),
    };
  }

  /**
   * The name of the value at a place, `extra` elements (a u32 term) further: the fill where a guard fails, and memory is not read there.
   * The element is read where this is called.
   */
  load(place: Place, extra?: string): string {
    const { shader, binding, guards } = this;
    let address = extra === undefined ? place.address : `${place.address} + ${extra}`;
    if (guards.length === 0) return shader.let(binding.load(address), 'x');
    const holds = guards.map(({ size, stepped }, g) => {
      const c = place.guards[g] ?? '0u';
      if (!stepped) return `${c} < ${size}`; // a negative one is as large as a u32
      const quotient = stepped.divide(c);
      address += ` + ${quotient} * ${stepped.stride}`;
      return `${quotient} < ${size}`;
    });
    const inside = shader.let(holds.join(' && '), 'h');
    return shader.let(`select(${this.fill}, ${binding.load(`select(0u, ${address}, ${inside})`)}, ${inside})`, 'x');
  }

  /** Stores a value of the dtype's value type, unless a launch failed before. */
  store(place: Place, value: string, extra?: string): void {
    this.shader.push(this.binding.store(extra === undefined ? place.address : `${place.address} + ${extra}`, value));
  }
}

/** The step of a dense dim: what is multiplied by it need not be. */
const one = '1u';

const noGuard = { coefficients: [], start: 0, step: 1, size: 0, stride: 0 } as const;
