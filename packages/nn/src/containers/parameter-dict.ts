import { isTensor, show, ValueError, type Tensor } from '@rushlight/core';
import { ModuleError } from '../module/module-error.ts';
import { checkName } from '../module/registration.ts';
import { Parameter } from '../parameter.ts';
import { Container, items, refuseForward } from './container.ts';

type Entries = Readonly<Record<string, Tensor>> | Iterable<readonly [string, Tensor]>;

/**
 * Parameters by name, found unlike those in a plain object. Tensors become parameters. Those of an object are put in the order of
 * their names, as PyTorch does, so that optimizers' states fit; pairs stay in theirs. torch.nn.ParameterDict
 *
 * @example
 * scales = new nn.ParameterDict({ left: ones([3]), right: zeros([3]) });
 * forward(x: Tensor) { return x.mul(this.scales.get('left')); }
 */
export class ParameterDict extends Container<Parameter> {
  constructor(parameters: Entries = {}) {
    super();
    this.update(parameters);
  }

  /** @internal */
  protected override put(op: string, name: string, item: Parameter): void {
    checkName(op, name);
    if (!isTensor(item)) throw new ModuleError(op, `"${name}" is ${String(item)}. Pass a Parameter or a tensor.`);
    this[items].set(name, item instanceof Parameter ? item : new Parameter(item));
  }

  /** The parameter under a name. Throws ValueError if there is none. */
  get(name: string): Parameter {
    const found = this[items].get(name);
    if (found) return found;
    const known = [...this.keys()].map((key) => `"${key}"`).join(', ') || 'none';
    throw new ValueError(this.constructor.name, `there is no parameter "${name}". It has ${known}.`);
  }

  has(name: string): boolean {
    return this[items].has(name);
  }

  set(name: string, parameter: Tensor): this {
    this.put('set', name, parameter as Parameter);
    return this;
  }

  /** The parameter under a name; if there is none, `parameter` is put there first. */
  setdefault(name: string, parameter: Tensor): Parameter {
    if (!this.has(name)) this.put('setdefault', name, parameter as Parameter);
    return this.get(name);
  }

  delete(name: string): boolean {
    return this[items].delete(name);
  }

  /** Takes a parameter out and returns it. Throws ValueError if there is none. */
  pop(name: string): Parameter {
    const found = this.get(name);
    this.delete(name);
    return found;
  }

  /** Takes the last parameter out and returns it with its name. Throws ValueError if there is none. */
  popitem(): [name: string, parameter: Parameter] {
    const last = [...this].at(-1);
    if (!last) throw new ValueError(this.constructor.name, 'there is no parameter to take out. Add one first.');
    this.delete(last[0]);
    return last;
  }

  clear(): void {
    this[items].clear();
  }

  /** Another dict of the same parameters. */
  copy(): ParameterDict {
    return new ParameterDict(this);
  }

  /** Adds parameters, replacing those of the same names: pairs in their order, an object's in that of their names, as PyTorch. */
  update(parameters: Entries): this {
    const entries =
      Symbol.iterator in parameters
        ? (parameters as Iterable<readonly [string, Tensor]>)
        : Object.entries(parameters).toSorted(([a], [b]) => (a < b ? -1 : 1));
    for (const [name, parameter] of entries) this.put('update', name, parameter as Parameter);
    return this;
  }

  keys(): IterableIterator<string> {
    return this[items].keys();
  }

  values(): IterableIterator<Parameter> {
    return this[items].values();
  }

  entries(): IterableIterator<[string, Parameter]> {
    return this[items].entries();
  }

  [Symbol.iterator](): IterableIterator<[string, Parameter]> {
    return this.entries();
  }

  override extraRepr(): string {
    const lines = [...this].map(([name, p]) => `(${name}): Parameter(shape=${show(p.shape)}, dtype=${p.dtype})`);
    return lines.join('\n');
  }

  forward(): never {
    return refuseForward(this.constructor.name);
  }
}
