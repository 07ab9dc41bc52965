// A described loop for inputs of given dtypes, and what follows from the description alone: its programs, its gradients,
// how it runs where those are wanted.

import {
  lower, position, program, stage, type LoopProgram, type OperandType,
} from '../kernel/index.ts'; // prettier-ignore
import type { Tensor } from '../tensor.ts';
import { gradientOf, type Source } from './loop-gradient.ts';
import type { LaunchPlan } from './loop-launch.ts';
import { describeLoop, type LoopBuilder, type LoopSpec, type SpecOutput } from './loop-spec.ts';
import { PlanCache } from './plan-cache.ts';

/** A gradient as an operation, and what it reads before the gradient of the output. */
export interface Gradient {
  readonly op: LoopOp;
  readonly reads: readonly Source[];
}

/** How an operation runs whose gradients are wanted: so that it writes stages, and what is saved in which order. */
export interface RecordedForm {
  readonly op: LoopOp;
  readonly inputs: readonly number[];
  readonly readsOutput: boolean;
  readonly sources: readonly Source[];
}

/** A fused operation for inputs of given dtypes: its description, and what is derived from it once. */
export class LoopOp {
  readonly name: string;
  readonly spec: LoopSpec;
  /** How many of its outputs are results; what follows are stages, kept for the gradients. */
  readonly results: number;
  readonly launches = new PlanCache<LaunchPlan>();
  readonly #programs = new Map<string, LoopProgram>();
  readonly #gradients = new Map<string, Gradient | undefined>();
  readonly #parts: LoopOp[] = [];
  readonly #recorded = new Map<number, RecordedForm>();
  /** The gradient of input 0, where a better one is known than what would be derived. */
  readonly #given: Gradient | undefined;
  #lowered: LoopSpec | undefined;

  constructor(name: string, spec: LoopSpec, { gradient, results }: { gradient?: Gradient; results?: number } = {}) {
    this.name = name;
    this.spec = spec;
    this.results = results ?? spec.outputs.length;
    this.#given = gradient;
  }

  /** The program for operands that are walked like this. */
  program(rowRank: number, columnRank: number, types: readonly OperandType[], updates: number): LoopProgram {
    let key = `${rowRank} ${columnRank} ${updates}`;
    for (const type of types) key += ` ${type.strides}${type.guards.length > 0 ? `:${type.guards.join(':')}` : ''}`;
    const known = this.#programs.get(key);
    if (known) return known;
    const spec = (this.#lowered ??= lowerSpec(this.spec));
    const inputs = types.slice(0, spec.inputs.length);
    const made = program<LoopProgram>({
      kind: 'loop',
      rowRank,
      columnRank,
      inputs,
      scalars: spec.scalars,
      stages: spec.stages,
      outputs: spec.outputs.map((output, k) => ({
        ...(types[inputs.length + k] as OperandType),
        expr: output.expr,
        // Without columns an element is a row, and one loop is enough.
        per: columnRank === 0 ? 'row' : output.per,
        ...(k < updates && { inout: k }),
      })),
      checks: columnRank === 0 ? spec.checks.map((c) => ({ ...c, per: 'row' as const })) : spec.checks,
    });
    this.#programs.set(key, made);
    return made;
  }

  /** The same operation that also writes, per row, what its gradients read of its stages. */
  #keeping(stages: readonly Source[]): LoopOp {
    if (stages.length === 0) return this;
    const extra = stages.flatMap((source): SpecOutput[] => {
      if (source.kind === 'position') return [{ per: 'row', expr: position(source.slot) }];
      const dtype = source.kind === 'stage' ? this.spec.stages[source.slot]?.expr.dtype : undefined;
      return source.kind === 'stage' && dtype ? [{ per: 'row', expr: stage(source.slot, dtype) }] : [];
    });
    const { outputs } = this.spec;
    return new LoopOp(this.name, { ...this.spec, outputs: [...outputs, ...extra] }, { results: outputs.length });
  }

  /** The same operation writing one of its outputs. */
  only(output: number): LoopOp {
    const outputs = this.spec.outputs.slice(output, output + 1);
    return (this.#parts[output] ??= new LoopOp(this.name, { ...this.spec, outputs }));
  }

  /** The gradient of input `wrt`, as an operation, or undefined where it is zero. */
  gradient(wrt: number, keepStages: boolean, toRows: boolean): Gradient | undefined {
    if (this.#given && wrt === 0) return this.#given;
    const key = `${wrt} ${keepStages} ${toRows}`;
    if (this.#gradients.has(key)) return this.#gradients.get(key);
    const derived = gradientOf(this.spec, wrt, { keepStages, toRows });
    const made = derived && { op: new LoopOp(`${this.name}Backward`, derived.spec), reads: derived.reads };
    this.#gradients.set(key, made);
    return made;
  }

  /** How it runs where the gradients of some inputs are wanted: bit k of `wrt` stands for input k. */
  recorded(wrt: number): RecordedForm {
    const known = this.#recorded.get(wrt);
    if (known) return known;
    const reads: Source[] = [];
    for (let slot = 0, rest = wrt; rest > 0; slot++, rest = Math.floor(rest / 2)) {
      if (rest % 2 === 0) continue;
      for (const keepStages of [true, false]) {
        for (const source of this.gradient(slot, keepStages, false)?.reads ?? [])
          if (placeOf(source, reads) < 0) reads.push(source);
      }
    }
    const inputs = reads.filter((source) => source.kind === 'input');
    const outputs = reads.filter((source) => source.kind === 'output');
    const stages = reads.filter((source) => source.kind === 'stage' || source.kind === 'position');
    const made: RecordedForm = {
      op: this.#keeping(stages),
      inputs: inputs.map((source) => source.slot),
      readsOutput: outputs.length > 0,
      sources: [...inputs, ...stages, ...outputs],
    };
    this.#recorded.set(wrt, made);
    return made;
  }
}

const slotOf = (source: Source): number => (source.kind === 'output' ? 0 : source.slot);

/** Where a source stands among others, or −1. */
export function placeOf(source: Source, sources: readonly Source[]): number {
  return sources.findIndex((other) => other.kind === source.kind && slotOf(other) === slotOf(source));
}

function lowerSpec(spec: LoopSpec): LoopSpec {
  const done = new Map();
  return {
    ...spec,
    stages: spec.stages.map((s) => ({ ...s, expr: lower(s.expr, done) })),
    outputs: spec.outputs.map((o) => ({ ...o, expr: lower(o.expr, done) })),
    checks: spec.checks.map((c) => ({ ...c, fails: lower(c.fails, done), value: lower(c.value, done) })),
  };
}

/** What chooses a formula besides the dtypes. */
export type Variant = string | number | boolean | undefined;

/**
 * A fused operation: how its loop is written for given input dtypes, made once per combination. `write` gets the builder
 * and whatever else the formula depends on.
 */
export function loopOp<V extends readonly Variant[] = []>(
  name: string,
  write: (k: LoopBuilder, ...variant: V) => void,
): (inputs: readonly Tensor[], ...variant: V) => LoopOp {
  const made: { readonly op: LoopOp; readonly variant: V }[] = [];
  return (inputs, ...variant) => {
    for (const known of made)
      if (isFor(known.op.spec.inputs, inputs) && isEqual(known.variant, variant)) return known.op;
    const dtypes = inputs.map((x) => x.dtype);
    const op = new LoopOp(name, describeLoop(dtypes, (k) => write(k, ...variant))); // prettier-ignore
    made.push({ op, variant });
    return op;
  };
}

function isFor(dtypes: readonly string[], inputs: readonly Tensor[]): boolean {
  if (dtypes.length !== inputs.length) return false;
  for (let k = 0; k < dtypes.length; k++) if (dtypes[k] !== inputs[k]?.dtype) return false;
  return true;
}

function isEqual(x: readonly Variant[], y: readonly Variant[]): boolean {
  if (x.length !== y.length) return false;
  for (let k = 0; k < x.length; k++) if (!Object.is(x[k], y[k])) return false;
  return true;
}
