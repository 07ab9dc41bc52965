// What code is written with: the function at hand, its constants, and the module's own functions that it calls.

import {
  f32x4,
  f64x2,
  i32x4,
  type Callable,
  type FunctionBuilder,
  type Local,
  type ModuleBuilder,
  type V128,
} from './assembler/index.ts';
import type { Features } from './features.ts';

export class Emitter {
  readonly module: ModuleBuilder;
  readonly fn: FunctionBuilder;
  readonly features: Features;
  private readonly constants = new Map<string, Local<'v128'>>();
  private readonly functions: Map<string, Callable>;

  constructor(module: ModuleBuilder, fn: FunctionBuilder, features: Features, functions = new Map<string, Callable>()) {
    this.module = module;
    this.fn = fn;
    this.features = features;
    this.functions = functions;
  }

  /** Writes another function of the same module. */
  other(fn: FunctionBuilder): Emitter {
    return new Emitter(this.module, fn, this.features, this.functions);
  }

  // Constants live in locals, set once: written where they are used they cost a load each time.
  private constant(kind: string, value: number, make: () => V128): Local<'v128'> {
    const key = `${kind} ${Object.is(value, -0) ? '-0' : value}`;
    let local = this.constants.get(key);
    if (!local) {
      local = this.fn.into(this.fn.entry, () => this.fn.name(make()));
      this.constants.set(key, local);
    }
    return local;
  }

  /** Four float32 of one value. */
  f32(value: number): Local<'v128'> {
    return this.constant('f32', Math.fround(value), () => f32x4.const(value));
  }

  /** Two float64 of one value. */
  f64(value: number): Local<'v128'> {
    return this.constant('f64', value, () => f64x2.const(value));
  }

  /** Four int32 of one value. */
  i32(value: number): Local<'v128'> {
    const lane = value | 0;
    return this.constant('i32', lane, () => i32x4.const(lane, lane, lane, lane));
  }

  /** The integers 0, 1, 2, 3. */
  ramp(): Local<'v128'> {
    return this.constant('ramp', 0, () => i32x4.const(0, 1, 2, 3));
  }

  /** The module's function of this name, written by `build` when it is first called for. */
  shared(name: string, build: () => FunctionBuilder): Callable {
    let known = this.functions.get(name);
    if (!known) {
      const built = build();
      this.module.add(built);
      this.functions.set(name, (known = built));
    }
    return known;
  }

  /** x · y + z per float32 lane, rounded once where the processor can. */
  madd(x: V128, y: V128, z: V128): V128 {
    return this.features.relaxed ? f32x4.relaxedMadd(x, y, z) : f32x4.add(f32x4.mul(x, y), z);
  }

  /** z − x · y. */
  nmadd(x: V128, y: V128, z: V128): V128 {
    return this.features.relaxed ? f32x4.relaxedNmadd(x, y, z) : f32x4.sub(z, f32x4.mul(x, y));
  }
}
