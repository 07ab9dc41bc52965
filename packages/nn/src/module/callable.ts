// The base of modules: its constructor returns a function with the class's prototype, so that an instance can be called
// and fields and #private names of subclasses land on the function.

/** @internal */
export const call: unique symbol = Symbol('call');

/** How an instance is called follows from its `forward`, that of a subclass too. */
export interface Called<Args extends readonly unknown[], Out> {
  forward(...args: Args): Out;
  (...args: Parameters<this['forward']>): ReturnType<this['forward']>;
}

export abstract class Callable {
  constructor() {
    const self = (...args: unknown[]): unknown => (self as unknown as Callable)[call](args);
    // Users may have fields of these names, and the keys of a module are then its fields in order.
    for (const key of ['name', 'length']) Reflect.deleteProperty(self, key);
    return Object.setPrototypeOf(self, new.target.prototype) as this;
  }

  /** @internal What calling the instance does. */
  abstract [call](args: unknown[]): unknown;
}
