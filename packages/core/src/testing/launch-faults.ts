// What core promises a backend about every launch, as a function that says where the promise is broken.

import { addressOf, castValue, isFloat, sizeOf, guardClasses } from '../kernel/index.ts';
import type { BackendLimits, Launch, Operand, OperandType, Program } from '../kernel/index.ts';
import { programFaults } from './program-faults.ts';

/** What is known of an operand of a launch: its type, the box it is walked over, and what it may do there. */
interface Slot {
  readonly type: OperandType;
  readonly box: readonly number[];
  /** The dims along which it stays where it is. */
  readonly still: readonly number[];
  readonly writes: boolean;
  /** The input that an output updates. */
  readonly inout?: number;
  /** How far indices move it beyond its own walk. */
  readonly reach?: readonly { readonly size: number; readonly stride: number }[];
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, k) => from + k);

function rankOf(p: Program): number {
  switch (p.kind) {
    case 'loop':
      return p.rowRank + p.columnRank;
    case 'matmul':
      return p.batchRank + 3;
    case 'conv':
      return 4 + 3 * p.spatial;
    default:
      return p.rank;
  }
}

function slotsOf({ program: p, sizes, indexed }: Launch): Slot[] {
  const read = (type: OperandType, still: readonly number[] = [], box = sizes): Slot => ({ type, box, still, writes: false }); // prettier-ignore
  const write = (type: OperandType, still: readonly number[] = [], box = sizes): Slot => ({ type, box, still, writes: true }); // prettier-ignore
  switch (p.kind) {
    case 'loop': {
      const columns = range(p.rowRank, sizes.length);
      const outputs = p.outputs.map((type): Slot => ({
        ...write(type, type.per === 'row' ? columns : []),
        ...(type.inout !== undefined && { inout: type.inout }),
      }));
      return [...p.inputs.map((type) => read(type)), ...outputs];
    }
    case 'matmul': {
      const [m, n, k] = [p.batchRank, p.batchRank + 1, p.batchRank + 2];
      const [a, b, ...extras] = p.inputs;
      return [read(a, [n]), read(b, [m]), ...extras.map((type) => read(type, [k])), write(p.output, [k])];
    }
    case 'conv': {
      const [n = 0, g = 0, ci = 0, co = 0] = sizes;
      const [image, kernel, out] = [0, 1, 2].map((k) => sizes.slice(4 + k * p.spatial, 4 + (k + 1) * p.spatial));
      const x = [n, g, ci, ...(image ?? [])];
      const w = [g, co, ci, ...(kernel ?? [])];
      const y = [n, g, co, ...(out ?? [])];
      const [first, second, written] = {
        forward: [x, w, y],
        inputGradient: [w, y, x],
        weightGradient: [x, y, w],
      }[p.direction] as [number[], number[], number[]];
      const [a, b, ...extras] = p.inputs;
      return [read(a, [], first), read(b, [], second), ...extras.map((type) => read(type, [], written)), write(p.output, [], written)]; // prettier-ignore
    }
    case 'gather': {
      const [source, ...indices] = p.inputs;
      return [{ ...read(source), reach: indexed ?? [] }, ...indices.map((type) => read(type)), write(p.output)];
    }
    case 'scatter':
      return [...p.inputs.map((type) => read(type)), { ...write(p.output), reach: indexed ?? [] }];
    case 'scan':
    case 'sort':
      return [read(p.input), ...p.outputs.map((type) => write(type))];
  }
}

/** How many dims each group has: a stride of one element has a letter of its own only where a group ends. */
function groupsOf(p: Program, rank: number): number[] {
  if (p.kind === 'loop') return [p.rowRank, p.columnRank];
  return p.kind === 'matmul' ? [p.batchRank, 1, 1, 1] : [rank];
}

/** Calls `visit` for every position of a box until it answers false. */
function everyPosition(box: readonly number[], visit: (at: readonly number[]) => boolean): boolean {
  const at = box.map(() => 0);
  for (let left = sizeOf(box); left > 0; left--) {
    if (!visit(at)) return false;
    for (let d = box.length - 1; d >= 0; d--) {
      at[d] = ((at[d] ?? 0) + 1) % (box[d] ?? 1);
      if (at[d] !== 0) break;
    }
  }
  return true;
}

/** Whether every address lies in the buffer: by bounds where they suffice, else position by position. */
function staysInside(o: Operand, box: readonly number[], reach: Slot['reach'] = []): boolean {
  if (sizeOf(box) === 0 || reach.some(({ size }) => size === 0)) return true;
  let [low, high] = [0, 0];
  const move = (by: number): void => void (by < 0 ? (low += by) : (high += by));
  for (const { size, stride } of reach) move((size - 1) * stride);
  const [below, above] = [low, high];
  const { length } = o.buffer;
  o.strides.forEach((stride, d) => move(((box[d] ?? 1) - 1) * stride));
  for (const guard of o.guards ?? []) move((guard.size - 1) * guard.stride);
  if (o.offset + low >= 0 && o.offset + high < length) return true;
  if (!o.guards?.length) return false;
  return everyPosition(box, (at) => {
    const address = addressOf(o, at);
    return address < 0 ? !isPresent(o, at) : address + below >= 0 && address + above < length;
  });
}

/** Whether all guards let a position through: `addressOf` gives −1 for those that do not, and a bad offset may too. */
function isPresent(o: Operand, at: readonly number[]): boolean {
  return (o.guards ?? []).every((guard) => {
    const c = at.reduce((sum, i, d) => sum + i * (guard.coefficients[d] ?? 0), guard.start);
    return c >= 0 && c % guard.step === 0 && c / guard.step < guard.size;
  });
}

/** Whether no two positions share an address. */
function isDisjoint(o: Operand, box: readonly number[]): boolean {
  const dims = box.flatMap((size, d) => (size > 1 ? [{ size, stride: Math.abs(o.strides[d] ?? 0) }] : []));
  let reach = 0;
  const nested = dims
    .sort((x, y) => x.stride - y.stride)
    .every(({ size, stride }) => {
      const fits = stride > reach;
      reach += (size - 1) * stride;
      return fits;
    });
  if (nested || sizeOf(box) === 0) return true;
  const seen = new Set<number>();
  return everyPosition(box, (at) => {
    const before = seen.size;
    return seen.add(addressOf(o, at)).size > before;
  });
}

const wholes = (list: readonly number[], least = -Infinity): boolean => list.every((n) => Number.isSafeInteger(n) && n >= least); // prettier-ignore

/** The box without the dims along which it stays: it is used once there, and a row is stored even if it has no columns. */
const usedBox = ({ box, still }: Slot): number[] => box.map((size, d) => (still.includes(d) ? 1 : size));

function operandFaults(o: Operand, slot: Slot, groups: readonly number[]): string[] {
  const { type, box } = slot;
  const used = usedBox(slot);
  const wrong: string[] = [];
  const guards = o.guards ?? [];
  if (o.buffer.dtype !== type.dtype) wrong.push(`the buffer is ${o.buffer.dtype}, the program has ${type.dtype}`);
  const letters = guardClasses(guards).join(' ');
  if (letters !== type.guards.join(' '))
    wrong.push(`its guards are "${letters}", the program has "${type.guards.join(' ')}"`);
  if (slot.writes && type.guards.length > 0) wrong.push('an output has guards');
  if (o.strides.length !== box.length || type.strides.length !== box.length) {
    return [...wrong, `${o.strides.length} strides and letters "${type.strides}" for ${box.length} dims`];
  }
  if (!wholes([o.offset, ...o.strides]))
    return [...wrong, `offset ${o.offset} and strides ${o.strides} are not all integers`];
  for (const guard of guards) {
    const numbers = wholes([guard.start, guard.stride, ...guard.coefficients]) && wholes([guard.step], 1) && wholes([guard.size], 0); // prettier-ignore
    if (!numbers || guard.coefficients.length !== box.length) return [...wrong, `a guard is ${JSON.stringify(guard)}`];
  }
  if (guards.length > 0 && !Object.is(castValue(o.fill ?? 0, type.dtype), o.fill ?? 0))
    wrong.push(`the fill ${o.fill} is no ${type.dtype}`);
  let end = 0;
  const ends = groups.map((count) => (end += count) - 1);
  box.forEach((size, d) => {
    const [letter, stride] = [type.strides[d], o.strides[d]];
    if (letter !== '0' && letter !== '1' && letter !== 's') wrong.push(`letter "${letter}" in "${type.strides}"`);
    if (letter === '1' && !ends.includes(d)) wrong.push(`"1" inside of a group in "${type.strides}"`);
    if (size < 2) return;
    if ((letter === '0' && stride !== 0) || (letter === '1' && stride !== 1))
      wrong.push(`stride ${stride} along dim ${d} where the program has "${letter}"`);
    if (slot.still.includes(d) && (stride !== 0 || guards.some((guard) => guard.coefficients[d] !== 0)))
      wrong.push(`it moves along dim ${d}`);
  });
  if (!staysInside(o, used, slot.reach))
    wrong.push(`offset ${o.offset} and strides [${o.strides}] over [${used}] leave a buffer of ${o.buffer.length}`);
  if (slot.writes && !slot.reach && !isDisjoint(o, used))
    wrong.push(`two elements have one address: strides [${o.strides}] over [${used}]`);
  return wrong;
}

const sameView = (a: Operand, b: Operand): boolean =>
  a.buffer === b.buffer && a.offset === b.offset && a.strides.join() === b.strides.join() && !a.guards?.length;

/** Whether two operands have no element in common. */
function isApart(a: Operand, boxA: readonly number[], b: Operand, boxB: readonly number[]): boolean {
  const seen = new Set<number>();
  everyPosition(boxA, (at) => seen.add(addressOf(a, at)).size > 0);
  return everyPosition(boxB, (at) => !isPresent(b, at) || !seen.has(addressOf(b, at)));
}

/**
 * A buffer that is written occurs once more at most: as the input that is updated, by the same view. In a loop there may be others in it,
 * apart from what is written.
 */
function sharingFaults({ kind }: Program, operands: readonly Operand[], slots: readonly Slot[]): string[] {
  return slots.flatMap(({ writes, inout }, k) => {
    const o = operands[k];
    if (!writes || !o) return [];
    const updated = inout === undefined ? undefined : operands[inout];
    const wrong = inout !== undefined && !(updated && sameView(o, updated)) ? [`operand ${k}: it updates input ${inout} by another view`] : []; // prettier-ignore
    const box = usedBox(slots[k] as Slot);
    operands.forEach((other, j) => {
      if (j === k || j === inout || other.buffer !== o.buffer) return;
      if (kind === 'loop' && isApart(o, box, other, usedBox(slots[j] as Slot))) return;
      wrong.push(`operand ${k}: it writes the ${kind === 'loop' ? 'elements' : 'buffer'} of operand ${j}`);
    });
    return wrong;
  });
}

/** What is wrong with a launch, as sentences; nothing where core keeps its side of the contract. */
export function launchFaults(launch: Launch, limits: BackendLimits): string[] {
  const { program: p, sizes, operands, scalars, indexed, geometry } = launch;
  const wrong = [...programFaults(p)];
  const rank = rankOf(p);
  if (sizes.length !== rank || !wholes(sizes, 0)) return [...wrong, `sizes [${sizes}] for ${rank} dims`];
  const slots = slotsOf(launch);
  if (operands.length !== slots.length)
    return [...wrong, `${operands.length} operands, the program has ${slots.length}`];
  const types = 'scalars' in p ? p.scalars : [];
  if (scalars.length !== types.length) wrong.push(`${scalars.length} scalars, the program has ${types.length}`);
  types.forEach((dtype, k) => {
    const value = scalars[k] ?? NaN;
    if (!(Number.isNaN(value) && isFloat(dtype)) && !Object.is(castValue(value, dtype), value))
      wrong.push(`scalar ${k} is ${value}, no ${dtype}`);
  });
  const isIndexed = p.kind === 'gather' || p.kind === 'scatter';
  if ((indexed?.length ?? 0) !== (isIndexed ? p.inputs.length - 1 : 0))
    wrong.push(`${indexed?.length ?? 0} indexed dims for ${operands.length - 2} indices`);
  for (const { size, stride } of indexed ?? [])
    if (!wholes([size], 0) || !wholes([stride])) wrong.push(`an indexed dim of size ${size} and stride ${stride}`);
  if ((p.kind === 'conv') !== (geometry !== undefined))
    wrong.push(geometry ? 'a geometry without a conv' : 'a conv without geometry');
  if (p.kind === 'conv' && geometry) {
    const { stride, padding, dilation } = geometry;
    const fits = [stride, padding, dilation].every((list) => list.length === p.spatial);
    if (!fits || !wholes([...stride, ...dilation], 1) || !wholes(padding))
      wrong.push(`the geometry is ${JSON.stringify(geometry)}`);
  }
  const buffers = new Set(operands.map((o) => o.buffer)).size;
  if (buffers > (limits.buffers ?? Infinity)) wrong.push(`${buffers} buffers, the backend takes ${limits.buffers}`);
  const groups = groupsOf(p, rank);
  slots.forEach((slot, k) => {
    const own = p.kind === 'conv' ? [slot.box.length] : groups;
    const o = operands[k];
    if (o) wrong.push(...operandFaults(o, slot, own).map((text) => `operand ${k}: ${text}`));
  });
  return [...wrong, ...sharingFaults(p, operands, slots)];
}
