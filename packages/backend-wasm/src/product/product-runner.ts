// Runs products by their plans. What is done per launch is writing addresses and numbers; code is compiled once per variant.

import type { Operand } from '@rushlight/core/kernel';
import type { Kernel, Machine } from '../machine.ts';
import { addressOfBuffer, elementBytes } from '../wasm-buffer.ts';
import { arithmeticOf, type Arithmetic } from './arithmetic.ts';
import { compileProduct } from './kernel.ts';
import { draftPlan, type Plan, type Product } from './plan.ts';
import { planMemory } from './plan-memory.ts';
import { launchWords, phases, scalarPlace, type ProductStructure, type Variant } from './variant.ts';

/** The plans of launches of one geometry, one for each product. */
export interface Planned {
  plans: readonly Plan[] | undefined;
}

export class ProductRunner {
  private readonly machine: Machine;
  private readonly structure: ProductStructure;
  private readonly arithmetic: Arithmetic;
  private readonly kernels = new Map<string, Kernel>();
  private readonly memory;
  /** Where the words of a launch are. */
  private readonly places;

  constructor(machine: Machine, structure: ProductStructure) {
    this.machine = machine;
    this.structure = structure;
    this.arithmetic = arithmeticOf(structure.factor, machine.features);
    this.memory = planMemory(machine);
    const words = launchWords(structure.ends.length);
    this.places = {
      plan: words.place('plan'),
      phase: words.place('phase'),
      packed: words.place('packed'),
      partial: words.place('partial'),
      a: words.place('a'),
      b: words.place('b'),
      end: words.place('end 0'),
    };
  }

  /** Drops the plans of a geometry that is forgotten. */
  forget({ plans }: Planned): void {
    for (const plan of plans ?? []) this.memory.drop(plan);
  }

  private plan(product: Product): Plan {
    const { plan, write } = draftPlan(product, this.structure, this.arithmetic);
    const made = { ...plan, kernel: this.kernel(plan.variant) };
    this.memory.place(made, write);
    return made;
  }

  private kernel(variant: Variant): Kernel {
    const key = `${variant.inner} ${variant.ends} ${variant.direct}`;
    let kernel = this.kernels.get(key);
    if (!kernel) {
      kernel = compileProduct(this.machine, this.structure, variant, this.arithmetic);
      this.kernels.set(key, kernel);
    }
    return kernel;
  }

  /** Runs products on the factors and ends of a launch: a, b, extras, output. They are made where their plans are not there any more. */
  run(
    planned: Planned,
    products: () => readonly Product[],
    operands: readonly Operand[],
    scalars: readonly number[],
  ): void {
    const { machine, memory } = this;
    if (!planned.plans?.every((plan) => memory.keeps(plan))) {
      this.forget(planned);
      planned.plans = products().map((product) => this.plan(product));
    }
    // All memory comes before anything is written: a launch that lacks some can be run once more.
    for (const plan of planned.plans) {
      machine.needScratch(plan.scratch);
      plan.packed = plan.packedBytes > 0 ? machine.borrow(plan.packedBytes) : 0;
      plan.partial = plan.partialBytes > 0 ? machine.borrow(plan.partialBytes) : 0;
    }
    for (const plan of planned.plans) this.multiply(plan, operands, scalars);
  }

  private multiply(plan: Plan, operands: readonly Operand[], scalars: readonly number[]): void {
    const { machine, places } = this;
    const { kernel, packed, partial } = plan;
    const { i32: words, f64: doubles } = machine.heap.views;
    const base = machine.params >>> 2;
    words[base + places.plan] = plan.address;
    words[base + places.packed] = packed;
    words[base + places.partial] = partial;
    words[base + (plan.swapped ? places.b : places.a)] = addressOf(operands[0] as Operand);
    words[base + (plan.swapped ? places.a : places.b)] = addressOf(operands[1] as Operand);
    const ends = operands.length - 2;
    for (let k = 0; k < ends; k++) words[base + places.end + k] = addressOf(operands[k + 2] as Operand);
    for (let k = 0; k < scalars.length; k++) doubles[(machine.params + scalarPlace(ends, k)) >>> 3] = scalars[k] ?? 0;
    const phase = base + places.phase;
    if (packed) {
      words[phase] = phases.pack;
      machine.run(kernel, plan.packUnits, plan.packUnitWork);
    }
    words[phase] = phases.multiply;
    machine.run(kernel, plan.units, plan.work);
    if (partial) {
      words[phase] = phases.sum;
      machine.run(kernel, plan.blocks, plan.blockWork);
    }
  }
}

const addressOf = ({ buffer, offset }: Operand): number =>
  addressOfBuffer(buffer) + offset * elementBytes(buffer.dtype);
