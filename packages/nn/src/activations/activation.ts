// An activation without parameters is an element-wise function with its options as fields: one line each in activations.ts.

import { applyInplace, type Tensor } from '@rushlight/core';
import { Module } from '../module/module.ts';
import { reprOptions } from '../module/print.ts';

export type Defaults = Readonly<Record<string, number | string>>;
type ElementWiseFunction = (x: Tensor, options?: Defaults) => Tensor;

/** The type of an option: `0.01` is any number, a string as declared. */
type Option<T> = T extends number ? number : T;

export type ActivationOptions<D extends Defaults> = {
  readonly [K in keyof D]?: Option<D[K]>;
} & {
  /** Overwrite the input. Default false. */
  readonly inplace?: boolean;
};

/** A module that calls an element-wise function with its options, which are its fields. */
class ElementWise extends Module<[x: Tensor], Tensor> {
  inplace: boolean;
  readonly #fn: ElementWiseFunction;
  readonly #names: readonly string[];

  constructor(
    fn: ElementWiseFunction,
    defaults: Defaults,
    { inplace = false, ...options }: ActivationOptions<Defaults>,
  ) {
    super();
    this.inplace = inplace;
    this.#fn = fn;
    this.#names = Object.keys(defaults);
    Object.assign(this, defaults, options);
  }

  #options(): Defaults {
    const fields = this as unknown as Defaults;
    return Object.fromEntries(this.#names.map((name) => [name, fields[name] as number | string]));
  }

  forward(x: Tensor): Tensor {
    return this.inplace ? applyInplace(this.#fn, x, [], this.#options()) : this.#fn(x, this.#options());
  }

  override extraRepr(): string {
    const options = Object.entries(this.#options()).map(([name, v]) => [name, typeof v === 'string' ? `'${v}'` : v]);
    return reprOptions({ ...Object.fromEntries(options), ...(this.inplace && { inplace: true }) });
  }
}

export type Activation<D extends Defaults> = ElementWise & { -readonly [K in keyof D]: Option<D[K]> };

/** The class of modules that call an element-wise function with options. */
export function activation<D extends Defaults = Record<never, never>>(
  fn: (x: Tensor, options?: ActivationOptions<D>) => Tensor,
  defaults?: D,
): new (options?: ActivationOptions<D>) => Activation<D> {
  return class extends ElementWise {
    constructor(options: ActivationOptions<Defaults> = {}) {
      super(fn as ElementWiseFunction, defaults ?? {}, options);
    }
  } as unknown as new (options?: ActivationOptions<D>) => Activation<D>;
}
