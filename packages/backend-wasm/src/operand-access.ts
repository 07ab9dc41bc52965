// How code reads and writes an operand: its address, the guards before it, and whether the elements of a vector are
// neighbours, one and the same, or apart.

import { describe, exactDivisor, toFloat16Bits, type Launch, type Operand, type OperandType, type Program } from '@rushlight/core/kernel'; // prettier-ignore
import { f32, i32, type I32, type Local, type Value } from './assembler/index.ts';
import type { Emitter } from './emitter.ts';
import type { LaunchParams } from './launch-params.ts';
import type { Affine, Group, Scope } from './scope.ts';
import {
  splatRaw,
  gatherRaw,
  loadEach,
  loadFour,
  loadRaw,
  loadSplat,
  storeFour,
  storeLane,
  storeRaw,
  type Stored,
} from './vector-memory.ts';
import type { Vec } from './vector.ts';
import { elementBytes } from './wasm-buffer.ts';

/** How an operand moves along the dim of the vectors. */
export type LaneClass = '0' | '1' | 's';

export interface Lane {
  readonly dim: number;
  readonly moves: LaneClass;
}

/** Elements that an operand moves per step of a dim, guards that are only tests included. */
export function effectiveStride({ strides, guards }: Operand, dim: number): number {
  let stride = strides[dim] ?? 0;
  if (guards) for (const guard of guards) if (guard.step === 1) stride += (guard.coefficients[dim] ?? 0) * guard.stride;
  return stride;
}

/** Parameters of a launch of any program. */
type OperandParams = Pick<LaunchParams<Program>, 'i32' | 'f64' | 'address'>;

/** How an operand moves along a dim. */
export function laneClass(operand: Operand, dim: number): LaneClass {
  const stride = effectiveStride(operand, dim);
  return stride === 1 ? '1' : stride === 0 ? '0' : 's';
}

interface GuardAccess {
  readonly coordinate: Affine;
  /** The coordinate divided by the guard's step; anything beyond the size where it is no multiple of it. */
  quotient(coordinate: I32): I32;
  holds(quotient: I32): I32;
  /** The bytes that the address gains, where that is not already in its strides. */
  readonly gain: ((quotient: I32) => I32) | undefined;
}

/** Whether a guard holds, and what the address gains there. */
function test({ quotient, holds, gain }: GuardAccess, coordinate: I32): { holds: I32; gain: I32[] } {
  const q = quotient(coordinate);
  return { holds: holds(q), gain: gain ? [gain(q)] : [] };
}

const all = ([first = i32.const(1), ...rest]: readonly I32[]): I32 => rest.reduce((x, y) => i32.and(x, y), first);

const operandOf = ({ operands }: Launch, slot: number): Operand => operands[slot] as Operand;

export class OperandAccess {
  readonly type: OperandType;
  private readonly e: Emitter;
  private readonly lane: LaneClass;
  private address: Affine;
  private readonly guards: readonly GuardAccess[];
  private readonly fill: () => Value;

  constructor(e: Emitter, params: OperandParams, slot: number, type: OperandType, lane: Lane) {
    this.e = e;
    this.type = type;
    this.lane = lane.moves;
    const bytes = elementBytes(type.dtype);
    const param = (name: string, read: (operand: Operand) => number): Local<'i32'> =>
      params.i32(`${slot} ${name}`, (launch) => read(operandOf(launch, slot)));
    const rank = type.strides.length;
    const moves = (d: number): boolean =>
      type.strides[d] !== '0' || type.guards.some((letters) => !letters.endsWith('/') && letters[d] === 's');
    const dims = Array.from({ length: rank }, (_, d) => d);
    const stride = (d: number): I32 => {
      // Known where elements are neighbours, so that the engine can fold it into the address.
      if (d === lane.dim && lane.moves === '1') return i32.const(bytes);
      return param(`stride ${d}`, (operand) => effectiveStride(operand, d) * bytes);
    };
    this.address = {
      base: params.address(`${slot} address`, slot, ({ guards = [] }) =>
        guards.reduce((sum, guard) => (guard.step === 1 ? sum + guard.start * guard.stride * bytes : sum), 0),
      ),
      steps: dims.map((d) => (moves(d) ? stride(d) : undefined)),
    };
    this.guards = type.guards.map((letters, g): GuardAccess => {
      const of = (name: string, read: (guard: NonNullable<Operand['guards']>[number]) => number): Local<'i32'> =>
        param(`guard ${g} ${name}`, ({ guards }) => (guards?.[g] ? read(guards[g]) : 0));
      const coordinate = {
        base: of('start', (guard) => guard.start),
        steps: dims.map((d) => (letters[d] === 's' ? of(`coefficient ${d}`, (guard) => guard.coefficients[d] ?? 0) : undefined)), // prettier-ignore
      };
      const size = of('size', (guard) => guard.size);
      const holds = (quotient: I32): I32 => i32.ltU(quotient, size);
      if (!letters.endsWith('/')) return { coordinate, quotient: (c) => c, holds, gain: undefined };
      const inverse = of('inverse', (guard) => exactDivisor(guard.step).inverse);
      const shift = of('shift', (guard) => exactDivisor(guard.step).shift);
      const gain = of('stride', (guard) => guard.stride * bytes);
      return {
        coordinate,
        quotient: (c) => e.fn.name(i32.rotr(i32.mul(c, inverse), shift)),
        holds,
        gain: (quotient) => i32.mul(quotient, gain),
      };
    });
    this.fill = () => {
      // Of the launch, not of its geometry: launches that share guards may differ in it.
      const fill = params.f64(`${slot} fill`, (launch) => rawNumber(type, operandOf(launch, slot).fill ?? 0));
      if (type.dtype === 'float64') return fill;
      return type.dtype === 'float32' ? f32.demoteF64(fill) : i32.truncSatF64S(fill);
    };
  }

  /** The level at which an element is known, and whether the lanes of a group differ. */
  place(scope: Scope): { level: number; varies: boolean } {
    const affines = [this.address, ...this.guards.map(({ coordinate }) => coordinate)];
    return {
      level: Math.max(...affines.map((affine) => scope.levelOf(affine))),
      varies: affines.some(({ steps }) => steps[scope.lane] !== undefined),
    };
  }

  /** Moves the operand by a number of bytes that is known at a level. */
  displace(level: number, value: I32): void {
    this.address = { ...this.address, added: { level, value } };
  }

  /** The address of the element at the scope, its guards aside. */
  addressAt(scope: Scope): I32 {
    return scope.value(this.address);
  }

  /** The element at the scope as memory holds it. */
  loadRaw(scope: Scope): Value {
    const { guards } = this;
    const { dtype } = this.type;
    if (guards.length === 0) return loadRaw(dtype, scope.value(this.address));
    const { fn } = this.e;
    const tests = guards.map((guard) => test(guard, scope.value(guard.coordinate)));
    const address = i32.add(scope.value(this.address), ...tests.flatMap(({ gain }) => gain));
    return fn.choose(all(tests.map(({ holds }) => holds)), loadRaw(dtype, address), this.fill());
  }

  /** Stores an element as memory holds it. */
  storeRaw(scope: Scope, raw: Value): void {
    this.e.fn.do(storeRaw(this.type.dtype, scope.value(this.address), raw));
  }

  /** The elements of a group, or, where lanes do not differ, the one element in all of them. */
  load(scope: Scope, group: Group | undefined): Vec {
    const { e, guards } = this;
    const { dtype } = this.type;
    const { varies } = this.place(scope);
    if (guards.length === 0) return varies && group ? this.loadLanes(scope, group) : loadSplat(e, dtype, scope.value(this.address)); // prettier-ignore
    const { fn } = e;
    const along = guards.filter(({ coordinate }) => varies && coordinate.steps[scope.lane] !== undefined);
    const still = guards.filter((guard) => !along.includes(guard));
    // Coordinates that are the same for all lanes are tested once where they change.
    const tests = still.map((guard) => {
      const level = scope.levelOf(guard.coordinate);
      return scope.once(guard, level, undefined, () => {
        const { holds, gain } = test(guard, scope.value(guard.coordinate, level));
        return { holds: fn.name(holds), gain: gain.map((bytes) => fn.name(bytes)) };
      });
    });
    const gains = tests.flatMap(({ gain }) => gain);
    const admitted = tests.length > 0 ? all(tests.map(({ holds }) => holds)) : undefined;
    if (!varies || !group) {
      const address = i32.add(scope.value(this.address), ...gains);
      const raw = fn.choose(admitted ?? i32.const(1), loadRaw(dtype, address), this.fill());
      return splatRaw(e, dtype, raw);
    }
    const result = Array.from({ length: dtype === 'float64' ? 2 : 1 }, () => fn.local('v128'));
    const filled = (): void => this.assign(result, splatRaw(e, dtype, this.fill()));
    const read = (): void => this.loadGuarded(scope, group, along, gains, result);
    if (admitted) fn.if(admitted, read, filled);
    else read();
    return result;
  }

  private assign(to: readonly Local<'v128'>[], from: Vec): void {
    to.forEach((local, k) => from[k] && this.e.fn.set(local, from[k]));
  }

  /** Lane `lane` of the group as a distance along the dim of the vectors. */
  private laneOffset({ offset, valid }: Group, lane: number, step: I32): I32 {
    if (!valid || lane === 0) return i32.mul(i32.const(offset + lane), step);
    // Lanes that are not there read what the first reads.
    return i32.mul(i32.select(i32.ltS(i32.const(lane), valid), i32.const(lane), i32.const(0)), step);
  }

  private loadLanes(scope: Scope, group: Group): Vec {
    const { e } = this;
    const { dtype } = this.type;
    const step = this.address.steps[scope.lane];
    const at = scope.value(this.address);
    if (!step) return loadSplat(e, dtype, at);
    if (this.lane === '1') return loadFour(e, dtype, at, group.offset * elementBytes(dtype));
    return loadEach(e, dtype, (lane) => i32.add(at, this.laneOffset(group, lane, step)));
  }

  /** The same where some lanes may be outside: all four at once if none is, else one by one. */
  private loadGuarded(
    scope: Scope,
    group: Group,
    along: readonly GuardAccess[],
    gains: readonly I32[],
    result: readonly Local<'v128'>[],
  ): void {
    const { e } = this;
    const { fn } = e;
    const { dtype } = this.type;
    const { offset, valid } = group;
    const step = this.address.steps[scope.lane];
    const base = fn.name(i32.add(scope.value(this.address), ...gains));
    const coordinates = along.map(({ coordinate }) => {
      const by = coordinate.steps[scope.lane] ?? i32.const(0);
      const start = scope.value(coordinate);
      return (lane: number): I32 =>
        offset + lane === 0 ? start : i32.add(start, i32.mul(i32.const(offset + lane), by));
    });
    const tests = (lane: number) => along.map((guard, g) => test(guard, coordinates[g]?.(lane) ?? i32.const(0)));
    const inside = (lane: number): I32 => all(tests(lane).map(({ holds }) => holds));
    const one = (lane: number): void => {
      const distance = offset + lane;
      const tested = tests(lane);
      const address = i32.add(
        step && distance > 0 ? i32.add(base, i32.mul(i32.const(distance), step)) : base,
        ...tested.flatMap(({ gain }) => gain),
      );
      const conditions = tested.map(({ holds }) => holds);
      if (valid && lane > 0) conditions.push(i32.ltS(i32.const(lane), valid));
      const isThere = all(conditions);
      raws[lane] = fn.name(fn.choose(isThere, loadRaw(dtype, address), this.fill()));
    };
    const raws: Value[] = [];
    const oneByOne = (): void => {
      for (let lane = 0; lane < 4; lane++) one(lane);
      this.assign(
        result,
        gatherRaw(e, dtype, (lane) => raws[lane] ?? i32.const(0)),
      );
    };
    if (along.some(({ gain }) => gain) || (step && this.lane !== '1')) return oneByOne();
    // Coordinates run straight: where both ends are inside, so is what is between.
    fn.if(
      i32.and(inside(0), inside(3)),
      () =>
        this.assign(result, step ? loadFour(e, dtype, base, offset * elementBytes(dtype)) : loadSplat(e, dtype, base)),
      oneByOne,
    );
  }

  /** Stores the group's elements, or, at a scope without lanes, the first lane. */
  store(scope: Scope, group: Group | undefined, stored: Stored): void {
    const { fn } = this.e;
    const at = scope.value(this.address);
    if (!group) return fn.do(storeLane(at, stored, 0));
    const step = this.address.steps[scope.lane] ?? i32.const(0);
    const { offset, valid } = group;
    const bytes = elementBytes(this.type.dtype);
    const four = (): void => {
      if (this.lane === '1') return storeFour(this.e, at, stored, offset * bytes);
      for (let lane = 0; lane < 4; lane++) each(lane);
    };
    const each = (lane: number): void => {
      const distance = offset + lane;
      fn.do(storeLane(distance === 0 ? at : i32.add(at, i32.mul(i32.const(distance), step)), stored, lane));
    };
    if (!valid) return four();
    fn.if(i32.eq(valid, i32.const(4)), four, () => {
      each(0);
      fn.if(i32.gtS(valid, i32.const(1)), () => each(1));
      fn.if(i32.gtS(valid, i32.const(2)), () => each(2));
    });
  }
}

/** A float as it is, else the bits that memory holds, wrapped as what they stand for. */
function rawNumber({ dtype }: OperandType, value: number): number {
  switch (dtype) {
    case 'float64':
    case 'float32':
      return value;
    case 'float16':
      return toFloat16Bits(value);
    case 'bool':
      return value ? 1 : 0;
    default:
      return describe(dtype).bits === 8 ? value & 255 : value | 0;
  }
}
