// The text of one compute shader in the making: its bindings, the numbers that it takes from a launch, the functions that it
// uses, and its body. What comes out is a Kernel, which the machine compiles and dispatches.

import type { DType } from '@rushlight/core/kernel';
import type { Features } from '../features.ts';
import { functions, type FunctionName } from './functions.ts';
import { storedType } from './value-types.ts';

/** How a number of a launch gets to the shader. */
export type WordType = 'u32' | 'i32' | 'f32';

interface Word<S> {
  readonly type: WordType;
  readonly read: (subject: S) => number;
}

/** What a compute shader is to the machine. `S` is what its numbers are read from at each dispatch: a launch and a plan for it. */
export interface Kernel<S> {
  /** For messages and profiles. */
  readonly label: string;
  readonly code: string;
  /** Threads of a workgroup. */
  readonly threads: number;
  /** One letter per storage buffer, r or w. The status, which comes last, is not counted. */
  readonly access: string;
  /** Whether it writes the status: one of its checks may fail. */
  readonly checks: boolean;
  readonly words: readonly Word<S>[];
}

/** A storage buffer of the shader. */
export interface Binding {
  readonly dtype: DType;
  /** The value of an element as expressions compute with it. */
  load(index: string): string;
  /** The statement that stores a value of the dtype's value type, unless a launch failed before. */
  store(index: string, value: string): string;
  /** The name of the array, for atomics and vectors of one's own. */
  readonly name: string;
}

/** How many failures of one launch are noted at most: the last ones, each of which came before all others found by then. */
export const statusRecords = 256;

export class Shader<S> {
  readonly features: Features;
  readonly threads: number;
  private readonly words: Word<S>[] = [{ type: 'u32', read: () => 0 }]; // the launch's serial: the machine writes it
  private readonly declarations: string[] = [];
  private readonly used = new Set<FunctionName>();
  private readonly specials = new Map<number, string>();
  private readonly lines: string[] = [];
  private access = '';
  private names = 0;
  private hasChecks = false;
  private hasHalves = false;
  private hasSubgroups = false;

  /** `threads` in a workgroup. */
  constructor(features: Features, threads: number) {
    this.features = features;
    this.threads = threads;
  }

  /** A number that each dispatch gives anew, as a term of the type. */
  word(type: WordType, read: (subject: S) => number): string {
    const at = this.words.push({ type, read }) - 1;
    const word = `params[${at >> 2}].${'xyzw'[at & 3]}`;
    return type === 'u32' ? word : `bitcast<${type}>(${word})`;
  }

  /** A float as a term: what WGSL takes for no literal, infinities and NaN, comes as a word. */
  float(value: number): string {
    const rounded = Math.fround(value);
    if (Object.is(rounded, -0)) return 'bitcast<f32>(0x80000000u)';
    if (Number.isFinite(rounded))
      return Number.isInteger(rounded) && Math.abs(rounded) < 1e15 ? `${rounded}f` : `f32(${rounded.toExponential()})`;
    // Of the NaNs one is as good as another.
    let known = this.specials.get(rounded);
    if (known === undefined) this.specials.set(rounded, (known = this.word('f32', () => rounded)));
    return known;
  }

  /** The next storage buffer: in the order of these calls they are given to a dispatch. */
  buffer(dtype: DType, access: 'read' | 'write'): Binding {
    const name = `b${this.access.length}`;
    const type = storedType(dtype);
    if (type === 'f16') this.hasHalves = true;
    this.declareBuffer(name, `array<${type}>`, access);
    return {
      dtype,
      name,
      load: (index) => {
        const element = `${name}[${index}]`;
        return dtype === 'bool' ? `(${element} != 0u)` : dtype === 'float16' ? `f32(${element})` : element;
      },
      store: (index, value) => {
        const element =
          dtype === 'bool'
            ? `select(0u, 1u, ${value})`
            : dtype === 'float16'
              ? `${this.use('toHalf')}(${value})`
              : value;
        return `if (live) { ${name}[${index}] = ${element}; }`;
      },
    };
  }

  /** The next storage buffer, as words that several threads may change at once. */
  atomics(type: 'u32' | 'i32' = 'u32'): string {
    const name = `b${this.access.length}`;
    this.declareBuffer(name, `array<atomic<${type}>>`, 'write');
    return name;
  }

  /** The next storage buffer, as vectors of four elements. */
  vectors(dtype: DType, access: 'read' | 'write'): string {
    const name = `b${this.access.length}`;
    const type = storedType(dtype);
    if (type === 'f16') this.hasHalves = true;
    this.declareBuffer(name, `array<vec4<${type}>>`, access);
    return name;
  }

  private declareBuffer(name: string, type: string, access: 'read' | 'write'): void {
    const binding = this.access.length + 1;
    this.access += access === 'read' ? 'r' : 'w';
    const mode = access === 'read' ? 'read' : 'read_write';
    this.declarations.push(`@group(0) @binding(${binding}) var<storage, ${mode}> ${name}: ${type};`);
  }

  /** A declaration of the module: `var<workgroup>`, a function of its own. */
  declare(text: string): void {
    this.declarations.push(text);
  }

  /** A function of the module: `emit` pushes its body. What is named outside of it is not known there, but words are. */
  fn(head: string, emit: () => void): void {
    const before = this.lines.length;
    emit();
    this.declarations.push(`${head} {`, ...this.lines.splice(before), '}');
  }

  /** The name of a function of the library, which becomes part of the shader. */
  use(name: FunctionName): string {
    if (!this.used.has(name)) {
      for (const other of functions[name].uses ?? []) this.use(other);
      this.used.add(name);
    }
    return name;
  }

  /** A name that is used nowhere else in the shader. */
  name(prefix: string): string {
    return `${prefix}_${this.names++}`; // i32 is a type
  }

  /** Adds a line to the body. */
  push(...lines: readonly string[]): void {
    this.lines.push(...lines);
  }

  /** The name of a term that is computed here. */
  let(value: string, prefix = 't'): string {
    const name = this.name(prefix);
    this.push(`let ${name} = ${value};`);
    return name;
  }

  /**
   * The statement that fails the launch where `condition` holds. `value` is an f32, i32 or u32 term, or a bool; `order` decides which
   * failure is the first, by default `position`, a u32.
   */
  fail(
    condition: string,
    check: number,
    value: { type: string; text: string },
    position: string,
    order = position,
  ): string {
    this.hasChecks = true;
    const bits = value.type === 'bool' ? `select(0u, 1u, ${value.text})` : `bitcast<u32>(${value.text})`;
    return `if (live && (${condition})) { fail(${check}u, ${bits}, ${position}, ${order}); }`;
  }

  /**
   * What the thread whose lane differs in `stride` has of a term, an f32, i32 or u32; below `features.subgroupLanes`. To be computed by all
   * threads of the workgroup at once.
   */
  exchanged(term: string, stride: number): string {
    this.hasSubgroups = true;
    return this.let(`subgroupShuffleXor(${term}, ${stride}u)`);
  }

  /** The kernel. In its body `group` is the number of the workgroup, `lane` that of the thread in it, both u32. */
  finish(label: string): Kernel<S> {
    const { hasChecks, access, words, threads } = this;
    const status = `@group(0) @binding(${access.length + 1}) var<storage, ${hasChecks ? 'read_write' : 'read'}> status: array<${hasChecks ? 'atomic<u32>' : 'u32'}>;`;
    const failed = hasChecks ? 'atomicLoad(&status[0])' : 'status[0]';
    const code = [
      ...(this.hasHalves ? ['enable f16;'] : []),
      ...(this.hasSubgroups ? ['enable subgroups;'] : []),
      `@group(0) @binding(0) var<uniform> params: array<vec4u, ${Math.ceil(words.length / 4)}>;`,
      ...this.declarations,
      status,
      ...[...this.used].map((name) => functions[name].code),
      ...(hasChecks ? [failFunction] : []),
      `@compute @workgroup_size(${threads})`,
      'fn main(@builtin(workgroup_id) groupId: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {',
      'let group = groupId.x + groupId.y * groups.x;',
      `let failed = ${failed};`,
      'let live = failed == 0u || failed == params[0].x;',
      ...this.lines,
      '}',
    ].join('\n');
    return { label, code, threads, access, checks: hasChecks, words };
  }
}

/**
 * The status: the serial of the launch that failed, the lowest order of a failure plus 1 negated (so that all zeros mean none), how many
 * records there are, and the records: check, value, position, order.
 */
const failFunction = `fn fail(check: u32, value: u32, position: u32, order: u32) {
  atomicStore(&status[0], params[0].x);
  if (atomicMax(&status[1], ~order) < ~order) {
    let at = 4u + 4u * (atomicAdd(&status[2], 1u) % ${statusRecords}u);
    atomicStore(&status[at], check);
    atomicStore(&status[at + 1u], value);
    atomicStore(&status[at + 2u], position);
    atomicStore(&status[at + 3u], order);
  }
}`;
