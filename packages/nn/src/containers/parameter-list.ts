import { isTensor, show, type Tensor } from '@rushlight/core';
import { ModuleError } from '../module/module-error.ts';
import { checkName } from '../module/registration.ts';
import { Parameter } from '../parameter.ts';
import { items, NumberedContainer, refuseForward } from './container.ts';

/** A list of parameters, found unlike those in a plain array. Tensors become parameters. torch.nn.ParameterList */
export class ParameterList extends NumberedContainer<Parameter> {
  constructor(parameters: Iterable<Tensor> = []) {
    super();
    this.extend(parameters);
  }

  override append(item: Tensor): this {
    if (!isTensor(item)) throw new ModuleError('append', `${String(item)} is no tensor. Pass a Parameter or a tensor.`);
    return super.append(item instanceof Parameter ? item : new Parameter(item));
  }

  override extend(added: Iterable<Tensor>): this {
    for (const item of added) this.append(item);
    return this;
  }

  /** @internal */
  protected override put(op: string, name: string, item: Parameter): void {
    checkName(op, name);
    if (!(item instanceof Parameter)) throw new ModuleError(op, `"${name}" is no Parameter. Use append.`);
    this[items].set(name, item);
  }

  override extraRepr(): string {
    const lines = [...this].map((p, k) => `(${k}): Parameter(shape=${show(p.shape)}, dtype=${p.dtype})`);
    return lines.join('\n');
  }

  forward(): never {
    return refuseForward(this.constructor.name);
  }
}
