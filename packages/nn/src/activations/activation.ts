// An activation without parameters is a method of tensors with its options as fields: one line each in activations.ts.

import type { Tensor } from '@rushlight/core';
import { Module } from '../module/module.ts';
import { reprOptions } from '../module/print.ts';

export type Defaults = Readonly<Record<string, number | string>>;
/** The names of tensor methods that need no arguments and have an in-place form. */
type Method = {
  [K in keyof Tensor]: `${K & string}_` extends keyof Tensor ? (Tensor[K] extends () => Tensor ? K : never) : never;
}[keyof Tensor];

/** The type of an option: `0.01` is any number, a string as declared. */
type Option<T> = T extends number ? number : T;

export type ActivationOptions<D extends Defaults> = {
  readonly [K in keyof D]?: Option<D[K]>;
} & {
  /** Overwrite the input. Default false. */
  readonly inplace?: boolean;
};

/** A module that calls a tensor method with its options, which are its fields. */
class ElementWise extends Module<[x: Tensor], Tensor> {
  inplace: boolean;
  readonly #method: string;
  readonly #names: readonly string[];

  constructor(method: string, defaults: Defaults, { inplace = false, ...options }: ActivationOptions<Defaults>) {
    super();
    this.inplace = inplace;
    this.#method = method;
    this.#names = Object.keys(defaults);
    Object.assign(this, defaults, options);
  }

  #options(): Defaults {
    const fields = this as unknown as Defaults;
    return Object.fromEntries(this.#names.map((name) => [name, fields[name] as number | string]));
  }

  forward(x: Tensor): Tensor {
    const methods = x as unknown as Readonly<Record<string, unknown>>;
    const run = methods[this.inplace ? `${this.#method}_` : this.#method] as (options: Defaults) => Tensor;
    return run.call(x, this.#options());
  }

  override extraRepr(): string {
    const options = Object.entries(this.#options()).map(([name, v]) => [name, typeof v === 'string' ? `'${v}'` : v]);
    return reprOptions({ ...Object.fromEntries(options), ...(this.inplace && { inplace: true }) });
  }
}

export type Activation<D extends Defaults> = ElementWise & { -readonly [K in keyof D]: Option<D[K]> };

/** The class of modules that call a tensor method with options. */
export function activation<D extends Defaults = Record<never, never>>(
  method: Method,
  defaults?: D,
): new (options?: ActivationOptions<D>) => Activation<D> {
  return class extends ElementWise {
    constructor(options: ActivationOptions<Defaults> = {}) {
      super(method, defaults ?? {}, options);
    }
  } as unknown as new (options?: ActivationOptions<D>) => Activation<D>;
}
