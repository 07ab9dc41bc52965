// What turns one line of the element-wise table into a function on tensors: promotion, broadcasting, plain numbers as
// operands, options, the in-place form, and from the loop machinery the gradient.

import { autocasting, computeIn } from '../autocast-mode.ts';
import { getDefaultDtype } from '../default-dtype.ts';
import { DTypeError, ValueError } from '../errors.ts';
import { isTensor } from '../is-tensor.ts';
import { constant, describe, dtypes, type DType, type Expr, isFloat, type KernelCheckError } from '../kernel/index.ts';
import { checkCanCast, resultType } from '../promotion.ts';
import type { Tensor } from '../tensor.ts';
import { LoopBuilder } from './loop-spec.ts';
import { LoopOp, runLoop } from './loop.ts';

/** A tensor, or a plain value that takes part like a tensor of no dims but the lowest priority. */
export type Arg = Tensor | number | boolean;

/** Number options are read at launch; others (`{ approximate: 'tanh' }`) choose the formula. `undefined` in the defaults: may be absent. */
export type OptionValue = number | string | boolean | undefined;
type Defaults = Readonly<Record<string, OptionValue>>;

/** The options as the formula sees them: numbers are expressions, what is absent is undefined. */
type Formula<O extends Defaults> = (...args: [...operands: Expr[], options: FormulaOptions<O>]) => Expr;
export type FormulaOptions<O extends Defaults> = {
  readonly [K in keyof O]: O[K] extends number ? Expr : number extends O[K] ? Expr | undefined : O[K];
};
/** The options as the caller gives them. */
type CallOptions<O extends Defaults> = {
  readonly [K in keyof O]?: [O[K]] extends [number | undefined] ? number : O[K] extends boolean ? boolean : O[K];
};

/**
 * What an operation computes in. `same`: the promoted dtype, whatever it is · `float`: integers become floats first ·
 * `number`: as `same`, but a result of bool is refused · `noBool`: no operand may be bool · `integer`: floats are refused · `logic`: everything is taken as truth.
 */
export type Domain = 'same' | 'float' | 'number' | 'noBool' | 'integer' | 'logic';

export interface Definition {
  readonly name: string;
  readonly arity: number;
  readonly domain: Domain | ((options: Record<string, OptionValue>) => Domain);
  readonly defaults: Defaults;
  readonly optionNames: readonly string[];
  readonly choices: Choices;
}

/** What an option that chooses the formula may be. */
type Choices = Readonly<Record<string, readonly string[]>>;

/** What elements may not be, whatever they are computed in: the condition, and the words for it. */
interface Refusal {
  readonly when: (...operands: Expr[]) => Expr | undefined;
  readonly because: string;
}

/** @internal The definition behind an element-wise function, for what walks the table. */
export const definitions = new WeakMap<
  object,
  Definition & { run(args: readonly Arg[], options: object, inplace: boolean): Tensor }
>();

interface Meta<O extends Defaults> {
  readonly domain?: Domain | ((options: CallOptions<O>) => Domain);
  readonly options?: O;
  readonly choices?: Choices;
  readonly refuses?: Refusal;
}

export type Unary<O extends Defaults = Record<never, never>> = (x: Tensor, options?: CallOptions<O>) => Tensor;
export type Binary<O extends Defaults = Record<never, never>> = (x: Tensor, y: Arg, options?: CallOptions<O>) => Tensor;
export type Ternary<O extends Defaults = Record<never, never>> = (
  x: Tensor,
  y: Arg,
  z: Arg,
  options?: CallOptions<O>,
) => Tensor;

/** An element-wise function of one tensor. */
export function unary<const O extends Defaults = Record<never, never>>(
  name: string,
  formula: (x: Expr, options: FormulaOptions<O>) => Expr,
  meta: Meta<O> = {},
): Unary<O> {
  return define(name, 1, formula as Formula<Defaults>, meta as Meta<Defaults>) as Unary<O>;
}

/** An element-wise function of two, broadcast together; the second may be a plain number. */
export function binary<const O extends Defaults = Record<never, never>>(
  name: string,
  formula: (x: Expr, y: Expr, options: FormulaOptions<O>) => Expr,
  meta: Meta<O> = {},
): Binary<O> {
  return define(name, 2, formula as Formula<Defaults>, meta as Meta<Defaults>) as Binary<O>;
}

/** An element-wise function of three. */
export function ternary<const O extends Defaults = Record<never, never>>(
  name: string,
  formula: (x: Expr, y: Expr, z: Expr, options: FormulaOptions<O>) => Expr,
  meta: Meta<O> = {},
): Ternary<O> {
  return define(name, 3, formula as Formula<Defaults>, meta as Meta<Defaults>) as Ternary<O>;
}

function define(
  name: string,
  arity: number,
  formula: Formula<Defaults>,
  meta: Meta<Defaults>,
): (...args: (Arg | object)[]) => Tensor {
  const definition: Definition = {
    name,
    arity,
    domain: (meta.domain as Definition['domain'] | undefined) ?? 'same',
    defaults: meta.options ?? {},
    optionNames: Object.keys(meta.options ?? {}),
    choices: meta.choices ?? {},
  };
  const explain = ({ position }: KernelCheckError): Error =>
    new ValueError(name, `at position ${position} ${meta.refuses?.because}`);
  const variants = new Map<string, LoopOp>();
  /** Those without options, by the kinds of their operands: what was in order once is so again. */
  const plain = new Map<number, LoopOp>();
  const launch = (op: LoopOp, tensors: readonly Tensor[], scalars: readonly number[], inplace: boolean): Tensor => {
    const run = {
      scalars,
      ...(inplace && { inplace: tensors.slice(0, 1) }),
      ...(meta.refuses && { explain }),
    };
    return runLoop(op, tensors, run)[0] as Tensor;
  };
  const run = (args: readonly Arg[], options: object, inplace: boolean): Tensor => {
    const kinds = options === none && args.length === arity && !autocasting() ? kindsOf(args, inplace) : -1;
    const known = plain.get(kinds);
    if (known) {
      if (arity === 1) return launch(known, args as readonly Tensor[], noNumbers, inplace);
      return launch(known, args.filter(isTensor), args.filter(isPlain).map(Number), inplace);
    }
    const call = new Call(definition, args, options as Record<string, OptionValue>, inplace);
    const [target] = call.tensors;
    const dtype = inplace ? target?.dtype : undefined;
    const key = call.key(dtype);
    let op = variants.get(key);
    if (!op) variants.set(key, (op = call.build(formula, dtype, meta.refuses)));
    if (kinds >= 0) plain.set(kinds, op);
    return launch(op, call.tensors, call.numbers, inplace);
  };
  const fn = (...args: (Arg | object)[]): Tensor => {
    const given = (args.length > arity ? args.slice(0, arity) : args) as Arg[];
    return run(given, (args[arity] as object | undefined) ?? none, false);
  };
  definitions.set(fn, { ...definition, run });
  return fn;
}

/** The in-place form of an element-wise function: `applyInplace(gelu, x, [], { approximate: 'tanh' })` is `x.gelu_(…)`. */
export function applyInplace(fn: object, x: Tensor, operands: readonly Arg[] = [], options: object = none): Tensor {
  const definition = definitions.get(fn);
  if (!definition) throw new TypeError('applyInplace: the function is not element-wise. Pass one such as `relu`.');
  return definition.run([x, ...operands], options, true);
}

const none = {};
const noNumbers: readonly number[] = [];
const isPlain = (arg: Arg): boolean => !isTensor(arg);

/**
 * A number for all that the dtype of the result and the formula follow from: the dtype of each tensor and whether it has
 * dims, the kind of each plain value, the default dtype, and whether the first is changed in place. −1 for what no operand
 * may be.
 */
function kindsOf(args: readonly Arg[], inplace: boolean): number {
  let kinds = 2 * dtypes.indexOf(getDefaultDtype()) + Number(inplace);
  for (const arg of args) {
    let kind = -1;
    if (isTensor(arg)) kind = 2 * dtypes.indexOf(arg.dtype) + Number(arg.shape.length > 0);
    else if (typeof arg === 'boolean') kind = plainKinds;
    else if (typeof arg === 'number') kind = plainKinds + (Number.isInteger(arg) ? 1 : 2);
    if (kind < 0) return -1;
    kinds = kinds * (plainKinds + 3) + kind;
  }
  return kinds;
}

const plainKinds = 2 * dtypes.length;

/** One call, sorted: what varies per launch (tensors, numbers) and what makes the formula (dtypes, other options). */
class Call {
  readonly tensors: readonly Tensor[];
  readonly numbers: readonly number[];
  readonly #definition: Definition;
  readonly #args: readonly Arg[];
  readonly #options: Record<string, OptionValue>;
  readonly #compute: DType;

  constructor(definition: Definition, args: readonly Arg[], options: Record<string, OptionValue>, inplace: boolean) {
    const { name, arity, domain } = definition;
    for (let k = 0; k < arity; k++) checkArg(name, args[k], k);
    if (options !== none) checkOptions(definition, options);
    this.#definition = definition;
    this.#args = args;
    this.#options = options;
    const tensors: Tensor[] = [];
    const numbers: number[] = [];
    for (const arg of args) {
      if (isTensor(arg)) tensors.push(arg);
      else numbers.push(Number(arg));
    }
    // Of the options only numbers are read at launch: what is true or false has chosen the formula.
    for (const option of definition.optionNames) {
      const value = options[option];
      if (typeof value === 'number') numbers.push(value);
    }
    this.tensors = tensors;
    this.numbers = numbers;
    const chosen = typeof domain === 'string' ? domain : domain(options);
    if (chosen === 'noBool') for (const arg of args) refuseBool(name, isTensor(arg) ? arg.dtype : typeof arg);
    const compute = computeType(name, chosen, resultType(...args));
    this.#compute = inplace ? compute : computeIn(name, compute);
    if (options !== none && describe(this.#compute).kind === 'int') checkWhole(definition, options, this.#compute);
  }

  key(target: DType | undefined): string {
    let key = `${this.#compute} ${target ?? ''}`;
    for (const arg of this.#args) key += isTensor(arg) ? ` ${arg.dtype}` : ' #';
    for (const option of this.#definition.optionNames) {
      const value = this.#options[option];
      key += ` ${typeof value === 'number' ? '#' : String(value)}`;
    }
    return key;
  }

  build(formula: Formula<Defaults>, target: DType | undefined, refuses: Refusal | undefined): LoopOp {
    const { name, defaults } = this.#definition;
    const dtype = this.#compute;
    const k = new LoopBuilder(this.tensors.map((x) => x.dtype));
    let slot = 0;
    const operands = this.#args.map((arg) => (isTensor(arg) ? k.input(slot++).cast(dtype) : k.scalar(dtype)));
    const options: Record<string, unknown> = {};
    for (const [option, standard] of Object.entries(defaults)) {
      const value = this.#options[option];
      if (typeof value === 'number') options[option] = k.scalar(dtype);
      else options[option] = value ?? (typeof standard === 'number' ? constant(standard, dtype) : standard);
    }
    const fails = refuses?.when(...operands);
    if (fails) k.check('element', fails, operands[operands.length - 1] ?? fails);
    const result = formula(...([...operands, options] as Parameters<typeof formula>));
    if (target) checkCanCast(`${name}_`, result.dtype, target);
    k.perElement(target ? result.cast(target) : result);
    return new LoopOp(name, k.build());
  }
}

function checkOptions({ name, defaults, choices }: Definition, options: Record<string, OptionValue>): void {
  const known = Object.keys(defaults).join(', ') || 'none';
  if (typeof options !== 'object')
    throw new TypeError(`${name}: the options are ${String(options)}. Give them by name, in an object: ${known}.`);
  for (const [option, value] of Object.entries(options)) {
    if (!Object.hasOwn(defaults, option))
      throw new TypeError(`${name}: there is no option "${option}". Options: ${known}.`);
    const allowed = choices[option];
    if (allowed && value !== undefined && !allowed.includes(String(value)))
      throw new ValueError(name, `${option} is '${String(value)}'. Use '${allowed.join("' or '")}'.`);
  }
}

/** Integers would silently lose what is behind the point. */
function checkWhole({ name }: Definition, options: Record<string, OptionValue>, dtype: DType): void {
  for (const [option, value] of Object.entries(options)) {
    if (typeof value !== 'number' || Number.isInteger(value)) continue;
    throw new DTypeError(name, `${option} is ${value}, computing in ${dtype}. Convert with \`.to('float32')\`.`);
  }
}

function checkArg(name: string, arg: unknown, k: number): void {
  if (isTensor(arg) || (k > 0 && (typeof arg === 'number' || typeof arg === 'boolean'))) return;
  const what = Array.isArray(arg) ? 'an array' : arg === undefined ? 'nothing' : `a ${typeof arg}`;
  throw new TypeError(`${name}: operand ${k + 1} is ${what}. It must be a tensor${k > 0 ? ' or a number' : ''}.`);
}

function computeType(name: string, domain: Domain, promoted: DType): DType {
  switch (domain) {
    case 'same':
    case 'noBool':
      return promoted;
    case 'float':
      return isFloat(promoted) ? promoted : getDefaultDtype();
    case 'logic':
      return 'bool';
    case 'number':
      refuseBool(name, promoted);
      return promoted;
    case 'integer':
      if (isFloat(promoted))
        throw new DTypeError(
          name,
          `it is defined for integer and bool tensors, not ${promoted}. Convert with \`.to('int32')\`.`,
        );
      return promoted;
  }
}

function refuseBool(name: string, type: string): void {
  if (type !== 'bool' && type !== 'boolean') return;
  throw new DTypeError(name, "it is not defined for bool. Convert with `.to('int32')`, or use a logical operation.");
}
