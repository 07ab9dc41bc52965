// Tensors of a module that are computed from others whenever they are read. The module gets a class of its own, whose property
// computes them.

import { isGradEnabled, isTensor, noGrad, taskLocal, ValueError, type TaskLocal, type Tensor } from '@rushlight/core';
import { ModuleDict } from '../../containers/module-dict.ts';
import type { Module } from '../../module/module.ts';
import { checkModule } from '../../module/registration.ts';
import { Parameter, setData } from '../../parameter.ts';
import { fieldOf, removeField, tensorIn } from '../fields.ts';
import { checkLike, invertible, NoRightInverse, ParametrizationList } from './parametrization-list.ts';

type AnyClass = abstract new () => Module;

/** The classes that were made for single modules. */
const made = new WeakSet<object>();

interface Kept {
  readonly value: Tensor;
  /** A tensor that is computed outside of gradients would not train. */
  readonly isRecorded: boolean;
}

/** Tensors that were computed inside `cached`. */
let caches: TaskLocal<Map<ParametrizationList, Kept>> | undefined;

/**
 * Runs `fn`, which may be async, computing each parametrized tensor once, however often it is read: for a tied weight or a
 * recurrent layer. In Node what other tasks read meanwhile is not touched. torch.nn.utils.parametrize.cached
 */
export function cached<T>(fn: () => T): T {
  caches ??= taskLocal();
  return caches.run(caches.getStore() ?? new Map(), fn);
}

function computed(list: ParametrizationList): Tensor {
  const cache = caches?.getStore();
  const kept = cache?.get(list);
  if (kept && kept.isRecorded === isGradEnabled()) return kept.value;
  const value = list();
  cache?.set(list, { value, isRecorded: isGradEnabled() });
  return value;
}

/** The parametrizations of a module, by the names of its tensors. */
function listsOf(module: Module): ModuleDict<ParametrizationList> | undefined {
  const found = fieldOf(module, 'parametrizations');
  return found instanceof ModuleDict && made.has(module.constructor)
    ? (found as ModuleDict<ParametrizationList>)
    : undefined;
}

/** Whether any tensor of the module, or that of this name, is parametrized. torch.nn.utils.parametrize.is_parametrized */
export function isParametrized(module: Module, tensorName?: string): boolean {
  const lists = listsOf(module);
  if (!lists) return false;
  return tensorName === undefined ? lists.length > 0 : lists.has(tensorName);
}

/** The class that a module had before it was parametrized. torch.nn.utils.parametrize.type_before_parametrizations */
export function typeBeforeParametrizations(module: Module): object {
  const own = module.constructor;
  return made.has(own) ? (Object.getPrototypeOf(own) as object) : own;
}

/** @internal A parameter, buffer or parametrized tensor. Throws ValueError if there is none of that name. */
export const parametrizable = (op: string, module: Module, tensorName: string): Tensor =>
  isParametrized(module, tensorName) ? (fieldOf(module, tensorName) as Tensor) : tensorIn(op, module, tensorName);

function giveOwnClass(module: Module): void {
  const Base = module.constructor as unknown as AnyClass;
  abstract class Own extends Base {}
  Object.defineProperty(Own, 'name', { value: `Parametrized${Base.name}` });
  made.add(Own);
  Object.setPrototypeOf(module, Own.prototype);
}

function property(module: Module, tensorName: string): void {
  Object.defineProperty(Object.getPrototypeOf(module), tensorName, {
    configurable: true,
    get(this: Module) {
      return computed(listsOf(this)?.get(tensorName) as ParametrizationList);
    },
    set(this: Module, value: Tensor) {
      const list = listsOf(this)?.get(tensorName) as ParametrizationList;
      list.rightInverse(value);
      caches?.getStore()?.delete(list);
    },
  });
}

export interface ParametrizationOptions {
  /** Let the parametrization change shape or dtype of the tensor, unchecked. Default false. */
  readonly unsafe?: boolean;
}

/**
 * Computes a parameter or buffer of a module by a parametrization, from what is stored as
 * `module.parametrizations.get(name).original` (`parametrizations.<name>.original` in the state dict). Several in turn are
 * applied in the order of their registration. A method `rightInverse` of the parametrization says what is stored for a value that
 * is assigned; where it gives several tensors they are `original0`, `original1`, …, new parameters that an optimizer has to be
 * given. Returns the module. Throws ValueError for a name that it has not, or a parametrization that changes shape or dtype.
 * torch.nn.utils.parametrize.register_parametrization
 *
 * @example
 * class Symmetric extends nn.Module {
 *   forward(x: Tensor) { return x.triu().add(x.triu({ diagonal: 1 }).t()); }
 * }
 * const layer = registerParametrization(new nn.Linear(3, 3), 'weight', new Symmetric());
 */
export function registerParametrization<M extends Module>(
  module: M,
  tensorName: string,
  parametrization: Module,
  { unsafe = false }: ParametrizationOptions = {},
): M {
  checkModule('registerParametrization', tensorName, parametrization);
  parametrization.train(module.training);
  if (isParametrized(module, tensorName)) {
    add(module, tensorName, parametrization, unsafe);
    return module;
  }
  const original = tensorIn('registerParametrization', module, tensorName);
  put(module, tensorName, new ParametrizationList([parametrization], original, { unsafe }));
  return module;
}

/** Computes a tensor of a module by a list from now on. */
function put(module: Module, tensorName: string, list: ParametrizationList): void {
  removeField(module, tensorName);
  if (!listsOf(module)) {
    giveOwnClass(module);
    module.registerModule('parametrizations', new ModuleDict());
  }
  property(module, tensorName);
  listsOf(module)?.set(tensorName, list);
}

/** Puts another parametrization after those that are there. */
function add(module: Module, tensorName: string, parametrization: Module, unsafe: boolean): void {
  const list = listsOf(module)?.get(tensorName) as ParametrizationList;
  if (!unsafe) {
    const before = fieldOf(module, tensorName) as Tensor;
    const after: unknown = parametrization(before as never);
    checkLike('what the parametrization gives', after, before);
    try {
      const inverse = invertible(parametrization)?.rightInverse(after);
      if (inverse !== undefined) checkLike('what its rightInverse gives', inverse, before);
    } catch (error) {
      if (!(error instanceof NoRightInverse)) throw error;
    }
  }
  list.append(parametrization);
  list.unsafe ||= unsafe;
}

export interface TransferParametrizationsOptions {
  /** Which tensor. Default all that are parametrized. */
  readonly tensorName?: string;
}

/**
 * Parametrizes tensors of `to` as those of `from` are, by the same modules and from the same tensors: both train as one. What `to`
 * had under those names is replaced. Returns `to`. Throws ValueError for a name that is not parametrized in `from`, or is
 * parametrized in `to`. torch.nn.utils.parametrize.transfer_parametrizations_and_params
 */
export function transferParametrizationsAndParams<M extends Module>(
  from: Module,
  to: M,
  { tensorName }: TransferParametrizationsOptions = {},
): M {
  const op = 'transferParametrizationsAndParams';
  const lists = listsOf(from);
  if (tensorName !== undefined && !lists?.has(tensorName))
    throw new ValueError(op, `"${tensorName}" of ${String(from)} is not parametrized. Check the name.`);
  for (const [name, list] of lists?.entries() ?? []) {
    if (tensorName !== undefined && name !== tensorName) continue;
    if (isParametrized(to, name))
      throw new ValueError(
        op,
        `"${name}" of ${String(to)} is parametrized already. Call removeParametrizations first.`,
      );
    put(to, name, list.shared());
  }
  return to;
}

export interface RemoveParametrizationsOptions {
  /** Leave the computed tensor, instead of what it was computed from. Default true. */
  readonly leaveParametrized?: boolean;
}

/**
 * Makes a parametrized tensor a parameter or buffer again, the same object where there was one. Returns the module. Throws
 * ValueError if it is not parametrized, or what it is computed from shall be left and is several tensors.
 * torch.nn.utils.parametrize.remove_parametrizations
 */
export function removeParametrizations<M extends Module>(
  module: M,
  tensorName: string,
  { leaveParametrized = true }: RemoveParametrizationsOptions = {},
): M {
  const op = 'removeParametrizations';
  const lists = listsOf(module);
  const list = lists?.has(tensorName) ? lists.get(tensorName) : undefined;
  if (!lists || !list)
    throw new ValueError(op, `"${tensorName}" of ${String(module)} is not parametrized. Check the name.`);
  if (!list.isTensor && !leaveParametrized) {
    throw new ValueError(
      op,
      `"${tensorName}" is computed from ${list.count} tensors, which cannot be left. Leave it parametrized.`,
    );
  }
  const kept = restored(list, leaveParametrized, () => fieldOf(module, tensorName) as Tensor);
  Reflect.deleteProperty(Object.getPrototypeOf(module) as object, tensorName);
  lists.delete(tensorName);
  if (lists.length === 0) {
    removeField(module, 'parametrizations');
    Object.setPrototypeOf(module, (typeBeforeParametrizations(module) as AnyClass).prototype as object);
  }
  if (kept instanceof Parameter) module.registerParameter(tensorName, kept);
  else module.registerBuffer(tensorName, kept);
  return module;
}

function restored(list: ParametrizationList, leaveParametrized: boolean, compute: () => Tensor): Tensor {
  const [original] = list.originals();
  if (!original || !isTensor(original)) throw new ValueError('removeParametrizations', 'there is nothing to restore.');
  if (!leaveParametrized) return original;
  if (!list.isTensor) {
    const value = compute();
    return value.requiresGrad ? new Parameter(value.detach()) : value;
  }
  const value = noGrad(compute).detach();
  if (!(original instanceof Parameter)) return value;
  // The value may share the memory of what it was computed from.
  setData(original, value.storage === original.storage ? value.clone() : value);
  return original;
}
