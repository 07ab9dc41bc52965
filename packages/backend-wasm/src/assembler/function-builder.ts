// A function under construction: its locals, and statements put into blocks. A block of an outer loop stays open while an inner
// one is written, so that what does not change inside can be computed before it: see `into`.

import { i32 } from './instructions.ts';
import { unsigned, type Code, type I32, type Value, type ValueType } from './value.ts';

/** A local variable; as a value, what it holds. */
export interface Local<T extends ValueType = ValueType> extends Value<T> {
  readonly index: number;
}

/** Where a branch goes: the end of a block, the beginning of a loop. */
export interface Label {
  readonly depth: number;
}

/** Statements that run at one place. */
export type Block = Code[];

/** A function of this module or an imported one, numbered when the module is finished. */
export interface Callable {
  index: number;
  readonly params: readonly ValueType[];
  readonly result: ValueType | undefined;
}

export const typeCodes = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;

export class FunctionBuilder implements Callable {
  index = -1;
  readonly params: readonly ValueType[];
  readonly result: ValueType | undefined;
  readonly locals: ValueType[] = [];
  /** The outermost block. */
  readonly entry: Block = [];
  private block: Block = this.entry;
  private depth = 0;

  constructor(params: readonly ValueType[], result?: ValueType) {
    this.params = params;
    this.result = result;
  }

  private at<T extends ValueType>(type: T, index: number): Local<T> {
    return { type, index, code: [0x20, unsigned(index)] };
  }

  /** Parameter `index`, which must be of the type. */
  param<T extends ValueType>(type: T, index: number): Local<T> {
    if (this.params[index] !== type)
      throw new TypeError(`wasm: parameter ${index} is ${this.params[index]}, not ${type}.`);
    return this.at(type, index);
  }

  /** A new local, zero at first. */
  local<T extends ValueType>(type: T): Local<T> {
    this.locals.push(type);
    return this.at(type, this.params.length + this.locals.length - 1);
  }

  /** A new local that holds the value from here on. */
  name<T extends ValueType>(value: Value<T>): Local<T> {
    const local = this.local(value.type);
    this.set(local, value);
    return local;
  }

  set<T extends ValueType>(local: Local<T>, value: Value<T>): void {
    this.do([value.code, 0x21, unsigned(local.index)]);
  }

  /** Sets the local and is its value. */
  tee<T extends ValueType>(local: Local<T>, value: Value<T>): Value<T> {
    return { type: value.type, code: [value.code, 0x22, unsigned(local.index)] };
  }

  /** local += value. */
  add(local: Local<'i32'>, value: I32 | number): void {
    this.set(local, i32.add(local, typeof value === 'number' ? i32.const(value) : value));
  }

  /** A statement: a store, or other code that leaves nothing. */
  do(statement: Code): void {
    this.block.push(statement);
  }

  /** Runs `write` with `block` as the one that statements go to. */
  into<R>(block: Block, write: () => R): R {
    const outer = this.block;
    this.block = block;
    try {
      return write();
    } finally {
      this.block = outer;
    }
  }

  /** The block that statements go to now. */
  get here(): Block {
    return this.block;
  }

  private nested(opcode: number, write: (label: Label) => void): void {
    const body: Block = [];
    this.depth++;
    const label = { depth: this.depth };
    this.into(body, () => write(label));
    this.depth--;
    this.do([opcode, 0x40, body, 0x0b]);
  }

  /** Statements that `exit` leaves. */
  scope(write: (exit: Label) => void): void {
    this.nested(0x02, write);
  }

  /** Statements that run once, and again each time there is a branch to `again`. */
  loop(write: (again: Label) => void): void {
    this.nested(0x03, write);
  }

  if(condition: I32, yes: () => void, no?: () => void): void {
    const [then, otherwise]: [Block, Block] = [[], []];
    this.depth++;
    this.into(then, yes);
    if (no) this.into(otherwise, no);
    this.depth--;
    this.do([condition.code, 0x04, 0x40, then, no ? [0x05, otherwise] : [], 0x0b]);
  }

  /** A value of which only one side is computed. */
  choose<T extends ValueType>(condition: I32, yes: Value<T>, no: Value<T>): Value<T> {
    return { type: yes.type, code: [condition.code, 0x04, typeCodes[yes.type], yes.code, 0x05, no.code, 0x0b] };
  }

  branch(to: Label, condition?: I32): void {
    const distance = unsigned(this.depth - to.depth);
    this.do(condition ? [condition.code, 0x0d, distance] : [0x0c, distance]);
  }

  return(value?: Value): void {
    this.do([value?.code ?? [], 0x0f]);
  }

  /** for (; counter < to; counter += step), compared as signed numbers. The counter keeps what it held. */
  while(counter: Local<'i32'>, to: I32, step: number | I32, body: () => void): void {
    this.if(i32.ltS(counter, to), () =>
      this.loop((again) => {
        body();
        this.add(counter, step);
        this.branch(again, i32.ltS(counter, to));
      }),
    );
  }

  /** for (counter = 0; counter < to; counter++). */
  for(to: I32, body: (counter: Local<'i32'>) => void): void {
    const counter = this.local('i32');
    this.set(counter, i32.const(0));
    this.while(counter, to, 1, () => body(counter));
  }
}

/** Calls a function for its result. */
export function call<T extends ValueType>(type: T, callee: Callable, ...args: Value[]): Value<T> {
  if (callee.result !== type) throw new TypeError(`wasm: the function gives ${callee.result}, not ${type}.`);
  return { type, code: callCode(callee, args) };
}

/** Calls a function without a result: a statement. */
export function callCode(callee: Callable, args: readonly Value[]): Code {
  callee.params.forEach((type, k) => {
    if (args[k]?.type !== type)
      throw new TypeError(`wasm: argument ${k} is ${args[k]?.type}, the function takes ${type}.`);
  });
  return [args.map((arg) => arg.code), 0x10, () => unsigned(callee.index)];
}
