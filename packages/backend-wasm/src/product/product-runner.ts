// Runs products by their plans. What is done per launch is writing addresses and numbers; code is compiled once per variant.

import type { Operand } from '@rushlight/core/kernel';
import type { Kernel, Machine } from '../machine.ts';
import { addressOfBuffer, elementBytes } from '../wasm-buffer.ts';
import { arithmeticOf, type Arithmetic } from './arithmetic.ts';
import { compileProduct } from './kernel.ts';
import { makePlan, type Plan, type Product } from './plan.ts';
import { planMemory } from './plan-memory.ts';
import { launchWords, phases, scalarPlace, type ProductStructure } from './variant.ts';

export class ProductRunner {
  private readonly machine: Machine;
  private readonly structure: ProductStructure;
  private readonly arithmetic: Arithmetic;
  private readonly kernels = new Map<string, Kernel>();
  private readonly memory;
  private readonly places: { readonly phase: number; readonly end: number; readonly scalars: number };

  constructor(machine: Machine, structure: ProductStructure) {
    this.machine = machine;
    this.structure = structure;
    this.arithmetic = arithmeticOf(structure.factor, machine.features);
    this.memory = planMemory(machine);
    const words = launchWords(structure.ends.length);
    this.places = {
      phase: words.place('phase'),
      end: words.place('end 0'),
      scalars: scalarPlace(structure.ends.length, 0) / 8,
    };
  }

  plan(product: Product): Plan {
    return makePlan(product, this.structure, this.arithmetic);
  }

  private kernel({ variant }: Plan): Kernel {
    const key = `${variant.inner} ${variant.ends} ${variant.direct}`;
    let kernel = this.kernels.get(key);
    if (!kernel) {
      kernel = compileProduct(this.machine, this.structure, variant, this.arithmetic);
      this.kernels.set(key, kernel);
    }
    return kernel;
  }

  /** Runs a plan on the factors and ends of a launch: a, b, extras, output. */
  run(plan: Plan, operands: readonly Operand[], scalars: readonly number[]): void {
    const { machine, places } = this;
    const kernel = (plan.kernel ??= this.kernel(plan));
    machine.needScratch(plan.scratch);
    const at = this.memory.place(plan);
    const packed = plan.packedBytes > 0 ? machine.borrow(plan.packedBytes) : 0;
    const partial = plan.partialBytes > 0 ? machine.borrow(plan.partialBytes) : 0;
    const { views } = machine.heap;
    const base = machine.params >>> 2;
    const words = views.i32;
    words[base] = at;
    words[base + 2] = packed;
    words[base + 3] = partial;
    const [a, b] = plan.swapped ? [1, 0] : [0, 1];
    words[base + 4] = addressOf(operands[a] as Operand);
    words[base + 5] = addressOf(operands[b] as Operand);
    for (let k = 2; k < operands.length; k++) words[base + places.end + k - 2] = addressOf(operands[k] as Operand);
    for (let k = 0; k < scalars.length; k++) views.f64[(machine.params >>> 3) + places.scalars + k] = scalars[k] ?? 0;
    const phase = base + places.phase;
    if (packed) {
      words[phase] = phases.pack;
      machine.run(kernel, plan.panels, plan.panelWork);
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
