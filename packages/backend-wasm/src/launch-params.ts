// The numbers of a launch that a kernel reads: where each lies in the block of parameters, how it is got from the launch, and the
// local that holds it in the kernel. Each is declared where code needs it, and once. Those that follow from geometry are
// computed once for a geometry; addresses and scalars are written for every launch.

import type { Launch, Operand, Program } from '@rushlight/core/kernel';
import { f64, i32, type Local } from './assembler/index.ts';
import { paramsSize, type KernelFunctionBuilder, type Machine } from './machine.ts';
import { addressOfBuffer, elementBytes } from './wasm-buffer.ts';

type Read<P extends Program> = (launch: Launch<P>) => number;

export class LaunchParams<P extends Program = Program> {
  private readonly fn: KernelFunctionBuilder;
  private readonly known = new Map<string, Local>();
  private readonly integers: { readonly at: number; readonly read: Read<P> }[] = [];
  private readonly addresses: { readonly at: number; readonly slot: number }[] = [];
  private readonly doubles: { readonly at: number; readonly read: Read<P> }[] = [];
  private size = 0;

  constructor(fn: KernelFunctionBuilder) {
    this.fn = fn;
  }

  private place(bytes: number): number {
    const at = Math.ceil(this.size / bytes) * bytes;
    this.size = at + bytes;
    if (this.size > paramsSize)
      throw new RangeError(`wasm: a kernel takes more than ${paramsSize} bytes of parameters.`);
    return at;
  }

  private local<T extends 'i32' | 'f64'>(name: string, type: T, note: (at: number) => void): Local<T> {
    const known = this.known.get(name);
    if (known) return known as Local<T>;
    const at = this.place(type === 'i32' ? 4 : 8);
    note(at);
    const load = (type === 'i32' ? i32.load : f64.load)(this.fn.launchParams, at);
    const local = this.fn.into(this.fn.entry, () => this.fn.name(load));
    this.known.set(name, local);
    return local as Local<T>;
  }

  /** An integer that follows from sizes, strides and guards (32 bits: addresses wrap), read at the beginning of the kernel. */
  i32(name: string, read: Read<P>): Local<'i32'> {
    return this.local(name, 'i32', (at) => this.integers.push({ at, read }));
  }

  /** Where an operand begins, and bytes after that which follow from its guards. */
  address(name: string, slot: number, after: (operand: Operand) => number): Local<'i32'> {
    return this.local(name, 'i32', (at) => {
      this.addresses.push({ at, slot });
      this.integers.push({ at, read: ({ operands }) => after(operands[slot] as Operand) });
    });
  }

  /** A float of the launch. */
  f64(name: string, read: Read<P>): Local<'f64'> {
    return this.local(name, 'f64', (at) => this.doubles.push({ at, read }));
  }

  /** What follows from the geometry of a launch, for all launches that share it. */
  geometry(launch: Launch<P>): Int32Array {
    const words = new Int32Array(Math.ceil(this.size / 4));
    for (const { at, read } of this.integers) words[at >>> 2] = read(launch);
    return words;
  }

  /** Writes the numbers of a launch to where the kernel will read them; `words` are those of its geometry, where they are known. */
  write({ params, heap: { views } }: Machine, launch: Launch<P>, words = this.geometry(launch)): void {
    const { addresses, doubles } = this;
    const base = params >>> 2;
    // A loop: for so few, `set` takes longer.
    for (let k = 0; k < words.length; k++) views.i32[base + k] = words[k] as number;
    for (let k = 0; k < addresses.length; k++) {
      const { at, slot } = addresses[k] as { at: number; slot: number };
      const { buffer, offset } = launch.operands[slot] as Operand;
      views.i32[base + (at >>> 2)] =
        (words[at >>> 2] as number) + addressOfBuffer(buffer) + offset * elementBytes(buffer.dtype);
    }
    for (let k = 0; k < doubles.length; k++) {
      const { at, read } = doubles[k] as { at: number; read: Read<P> };
      views.f64[(params + at) >>> 3] = read(launch);
    }
  }
}
