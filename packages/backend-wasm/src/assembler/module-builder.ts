// A module under construction. It imports one memory and, by name, functions of the host; what it exports is up to its maker.

import { type Callable, type FunctionBuilder, typeCodes } from './function-builder.ts';
import { unsigned, type Code, type ValueType } from './value.ts';

interface Import extends Callable {
  readonly name: string;
}

/** How the memory is declared: it must be like the one that is imported. */
export interface MemoryType {
  readonly shared: boolean;
  /** In pages of 64 KiB. */
  readonly maximum: number;
}

export class ModuleBuilder {
  private readonly imports = new Map<string, Import>();
  private readonly functions: FunctionBuilder[] = [];
  private readonly exports = new Map<string, FunctionBuilder>();

  /** A function of the host, imported from "host" by its name. */
  import(name: string, params: readonly ValueType[], result?: ValueType): Callable {
    let known = this.imports.get(name);
    if (!known) this.imports.set(name, (known = { name, params, result, index: -1 }));
    return known;
  }

  /** Makes the function part of the module, exported where it has a name. */
  add(built: FunctionBuilder, name?: string): FunctionBuilder {
    this.functions.push(built);
    if (name !== undefined) this.exports.set(name, built);
    return built;
  }

  /** The bytes of the module. */
  finish({ shared, maximum }: MemoryType): Uint8Array<ArrayBuffer> {
    const imports = [...this.imports.values()];
    [...imports, ...this.functions].forEach((one, index) => (one.index = index));
    const signatures = new Map<string, number>();
    const types: Code[] = [];
    const typeOf = ({ params, result }: Callable): number[] => {
      const key = `${params}:${result}`;
      let number = signatures.get(key);
      if (number === undefined) {
        signatures.set(key, (number = types.length));
        const codes = params.map((type) => typeCodes[type]);
        types.push([0x60, unsigned(codes.length), codes, result ? [1, typeCodes[result]] : [0]]);
      }
      return unsigned(number);
    };
    const imported: Code[] = imports.map((one) => [text('host'), text(one.name), 0, typeOf(one)]);
    imported.push([text('host'), text('memory'), 2, shared ? 3 : 1, 0, unsigned(maximum)]);
    const declared = this.functions.map(typeOf);
    const exported = [...this.exports].map(([name, { index }]): Code => [text(name), 0, unsigned(index)]);
    const output = new Output();
    output.write([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    output.section(1, types);
    output.section(2, imported);
    output.section(3, declared);
    output.section(7, exported);
    output.section(10, this.functions.map((one) => () => output.sized(bodyOf(one)))); // prettier-ignore
    return output.bytes();
  }
}

/** Locals in runs of one type, then the statements. */
function bodyOf({ locals, entry, result }: FunctionBuilder): Code {
  const runs: { type: ValueType; count: number }[] = [];
  for (const type of locals) {
    const last = runs.at(-1);
    if (last?.type === type) last.count++;
    else runs.push({ type, count: 1 });
  }
  const declarations = runs.map(({ type, count }): Code => [unsigned(count), typeCodes[type]]);
  // A function with a result leaves by `return` alone: its end is unreachable.
  return [unsigned(runs.length), declarations, entry, result ? 0x00 : [], 0x0b];
}

const encoder = new TextEncoder();
function text(name: string): Code {
  const bytes = [...encoder.encode(name)];
  return [unsigned(bytes.length), bytes];
}

type Part = Code | (() => void);

/** Bytes of unknown number. */
class Output {
  private data = new Uint8Array(4096);
  private length = 0;

  write(code: Code): void {
    if (typeof code === 'number') {
      if (this.length === this.data.length) this.grow();
      this.data[this.length++] = code;
    } else if (typeof code === 'function') this.write(code());
    else for (const part of code) this.write(part);
  }

  private grow(): void {
    const grown = new Uint8Array(this.data.length * 2);
    grown.set(this.data);
    this.data = grown;
  }

  /** What `write` writes, after the number of its bytes. */
  sized(content: Code | (() => void)): readonly number[] {
    const start = this.length;
    if (typeof content === 'function') content();
    else this.write(content);
    const size = unsigned(this.length - start);
    for (let k = 0; k < size.length; k++) this.write(0);
    this.data.copyWithin(start + size.length, start, this.length - size.length);
    this.data.set(size, start);
    return [];
  }

  section(id: number, parts: readonly Part[]): void {
    if (parts.length === 0) return;
    this.write(id);
    this.sized(() => {
      this.write(unsigned(parts.length));
      for (const part of parts) {
        if (typeof part === 'function') part();
        else this.write(part);
      }
    });
  }

  bytes(): Uint8Array<ArrayBuffer> {
    return this.data.slice(0, this.length);
  }
}
