// The numbers of a launch that a kernel reads: where each lies in the block of parameters, how it is got from the launch, and the
// local that holds it in the kernel. Each is declared where code needs it, and once.

import type { Launch, Program } from '@rushlight/core/kernel';
import { f64, i32, type Local } from './assembler/index.ts';
import { paramsSize, type KernelFunctionBuilder, type Machine } from './machine.ts';

type Read<P extends Program> = (launch: Launch<P>) => number;

export class LaunchParams<P extends Program = Program> {
  private readonly fn: KernelFunctionBuilder;
  private readonly known = new Map<string, Local>();
  private readonly integers: { readonly at: number; readonly read: Read<P> }[] = [];
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

  /** An integer of the launch (32 bits: addresses wrap), read at the beginning of the kernel. */
  i32(name: string, read: Read<P>): Local<'i32'> {
    const known = this.known.get(name);
    if (known) return known as Local<'i32'>;
    const at = this.place(4);
    this.integers.push({ at, read });
    const local = this.fn.into(this.fn.entry, () => this.fn.name(i32.load(this.fn.launchParams, at)));
    this.known.set(name, local);
    return local;
  }

  /** A float of the launch. */
  f64(name: string, read: Read<P>): Local<'f64'> {
    const known = this.known.get(name);
    if (known) return known as Local<'f64'>;
    const at = this.place(8);
    this.doubles.push({ at, read });
    const local = this.fn.into(this.fn.entry, () => this.fn.name(f64.load(this.fn.launchParams, at)));
    this.known.set(name, local);
    return local;
  }

  /** Writes the numbers of a launch to where the kernel will read them. */
  write({ params, heap: { views } }: Machine, launch: Launch<P>): void {
    for (const { at, read } of this.integers) views.i32[(params + at) >>> 2] = read(launch);
    for (const { at, read } of this.doubles) views.f64[(params + at) >>> 3] = read(launch);
  }
}
