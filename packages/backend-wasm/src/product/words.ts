// Integers at agreed places of memory: JavaScript writes them by name, each function of a module reads those it uses.

import { i32, type FunctionBuilder, type I32, type Local } from '../assembler/index.ts';

export class Words<Name extends string> {
  readonly names: readonly Name[];
  private readonly places: ReadonlyMap<Name, number>;

  constructor(names: readonly Name[]) {
    this.names = names;
    this.places = new Map(names.map((name, k) => [name, k]));
  }

  /** The number's place, in words. */
  place(name: Name): number {
    const place = this.places.get(name);
    if (place === undefined) throw new TypeError(`wasm: there is no word ${name}.`);
    return place;
  }

  /** How a function reads them: each once, at its beginning. `relative` ones count from where the words lie. */
  reader(
    fn: FunctionBuilder,
    base: Local<'i32'>,
    relative: (name: Name) => boolean = () => false,
  ): (name: Name) => Local<'i32'> {
    const known = new Map<Name, Local<'i32'>>();
    return (name) => {
      let local = known.get(name);
      if (!local) {
        const value: I32 = i32.load(base, 4 * this.place(name));
        local = fn.into(fn.entry, () => fn.name(relative(name) ? i32.add(base, value) : value));
        known.set(name, local);
      }
      return local;
    };
  }
}
