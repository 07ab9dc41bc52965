import {
  empty, isDType, noGrad, type Device, type DType, type Tensor,
} from '@rushlight/core'; // prettier-ignore
import { Parameter } from '../parameter.ts';
import { call, Callable, type Called } from './callable.ts';
import { hookedCall } from './hooked-call.ts';
import {
  addHook, hooks, type BackwardHook, type BackwardPreHook, type ForwardHook, type ForwardHookOptions, type ForwardPreHook,
  type HookHandle, type HookOptions, type Hung, type LoadStateDictPostHook, type LoadStateDictPreHook, type StateDictHook,
  type StateDictPreHook,
} from './hooks.ts'; // prettier-ignore
import {
  findMembers, hasModes, isModule, joinPath, markSeen, members, once, walk, type Members, type Named,
} from './members.ts'; // prettier-ignore
import { checkModule, checkName } from './registration.ts';
import { ModuleError } from './module-error.ts';
import { convertModule, moveModule, replaceTensors } from './move.ts';
import { printModule } from './print.ts';
import {
  loadState, stateDictOf, type IncompatibleKeys, type StateDict, type StateDictOptions,
} from './state-dict.ts'; // prettier-ignore

export interface RecurseOptions {
  /** Look into sub-modules. Default true. */
  readonly recurse?: boolean;
}

export interface PrefixOptions {
  /** What every name begins with. */
  readonly prefix?: string;
}

export interface DuplicateOptions {
  /** Name what several paths lead to once only, by the first. Default true. */
  readonly removeDuplicate?: boolean;
}

// oxlint-disable-next-line typescript/no-unsafe-declaration-merging -- a class cannot write its call signature
export interface Module<Args extends readonly unknown[] = never[], Out = unknown> extends Called<Args, Out> {
  /**
   * What the state dict keeps besides parameters and buffers, as `_extra_state`. A class that writes it writes setExtraState too.
   * torch.nn.Module.get_extra_state
   */
  getExtraState?(): Tensor;
  /** Takes what getExtraState gave, from a state dict. torch.nn.Module.set_extra_state */
  setExtraState?(state: Tensor): void;
}

/**
 * The base of all layers and models: a function with parameters. A subclass has its layers and parameters as fields and
 * writes `forward`; calling an instance runs it. Layers in `#private` fields cannot be found, which the call notices.
 * torch.nn.Module
 *
 * @example
 * class MyModel extends nn.Module {
 *   fc1 = new nn.Linear(10, 5);
 *   fc2 = new nn.Linear(5, 2);
 *   forward(x: Tensor) { return this.fc2(this.fc1(x).relu()); }
 * }
 * const y = new MyModel()(x);
 */
export abstract class Module<Args extends readonly unknown[] = never[], Out = unknown> extends Callable {
  /** Whether layers such as Dropout behave as in training: set by `train()` and `eval()`. */
  training = true;
  /** Names of the fields that are buffers, and whether they belong to the state dict. */
  readonly #buffers = new Map<string, boolean>();
  readonly #hooks: Hung[] = [];

  /** What the module computes. Call the module itself, so that hooks run. */
  abstract forward(...args: Args): Out;

  /** @internal */
  override [call](args: unknown[]): unknown {
    if (typeof this.forward !== 'function') {
      throw new ModuleError(this.constructor.name, 'it has no forward. Write `forward(x) { … }` in the class.');
    }
    return hookedCall(this as Module<never[]>, args);
  }

  // What it holds

  /** @internal The properties that parameters, buffers and children are looked for in. Containers have more than fields. */
  protected properties(): Iterable<readonly [string, unknown]> {
    return Object.entries(this);
  }

  /** @internal */
  [members](): Members {
    return findMembers(this.properties(), this.#buffers);
  }

  /** @internal */
  [hooks](): Hung[] {
    return this.#hooks;
  }

  /** @internal Whether `training` changes what it computes, so that `train()` and `eval()` must reach it. */
  get [hasModes](): boolean {
    return false;
  }

  /** All sub-modules and itself, each once, by path; its own is ''. torch.nn.Module.named_modules */
  namedModules({ prefix = '', removeDuplicate = true }: PrefixOptions & DuplicateOptions = {}): Named<Module>[] {
    return walk(this, prefix, removeDuplicate);
  }

  /** All sub-modules and itself, each once. torch.nn.Module.modules */
  modules(): Module[] {
    return walk(this).map(([, module]) => module);
  }

  /** The modules in its own fields, each once, by name. torch.nn.Module.named_children */
  namedChildren(): Named<Module>[] {
    return once(this[members]().children);
  }

  /** The modules in its own fields, each once. torch.nn.Module.children */
  children(): Module[] {
    return this.namedChildren().map(([, child]) => child);
  }

  /** The parameters by path, each once: what an optimizer trains. torch.nn.Module.named_parameters */
  namedParameters(options: PrefixOptions & RecurseOptions & DuplicateOptions = {}): Named<Parameter>[] {
    markSeen(this);
    return this.#collect('parameters', options);
  }

  /** The parameters, each once: what an optimizer trains. torch.nn.Module.parameters */
  parameters(options: RecurseOptions = {}): Parameter[] {
    return this.namedParameters(options).map(([, parameter]) => parameter);
  }

  /** The buffers by path, each once. torch.nn.Module.named_buffers */
  namedBuffers(options: PrefixOptions & RecurseOptions & DuplicateOptions = {}): Named<Tensor>[] {
    return this.#collect('buffers', options);
  }

  /** The buffers, each once: tensors that are state but not trained. torch.nn.Module.buffers */
  buffers(options: RecurseOptions = {}): Tensor[] {
    return this.namedBuffers(options).map(([, buffer]) => buffer);
  }

  #collect<K extends 'parameters' | 'buffers'>(
    kind: K,
    { prefix = '', recurse = true, removeDuplicate = true }: PrefixOptions & RecurseOptions & DuplicateOptions,
  ): Named<Members[K][number][1]>[] {
    const places = this.namedModules({ prefix, removeDuplicate }).slice(0, recurse ? undefined : 1);
    const all = places.flatMap(([path, module]) =>
      module[members]()[kind].map(([name, value]): Named<Members[K][number][1]> => [joinPath(path, name), value]),
    );
    return removeDuplicate ? once(all) : all;
  }

  /** The module at a path such as 'net.conv1'; '' is this one. Throws ModuleError. torch.nn.Module.get_submodule */
  getSubmodule(path: string): Module {
    const names = path === '' ? [] : path.split('.');
    return names.reduce<Module>((module, name) => module.#get(path, name, 'children'), this);
  }

  /** Puts a module in the place of the one at a path. Throws ModuleError for a path that is not there. torch.nn.Module.set_submodule */
  setSubmodule(path: string, module: Module): void {
    if (path === '') throw new ModuleError('setSubmodule', 'the path is empty. Name a module inside of this one.');
    this.getSubmodule(path);
    const { owner, name } = this.#split(path);
    owner.registerModule(name, module);
  }

  /** The parameter at a path such as 'net.conv1.weight'. Throws ModuleError. torch.nn.Module.get_parameter */
  getParameter(path: string): Parameter {
    const { owner, name } = this.#split(path);
    return owner.#get(path, name, 'parameters');
  }

  /** The buffer at a path. Throws ModuleError. torch.nn.Module.get_buffer */
  getBuffer(path: string): Tensor {
    const { owner, name } = this.#split(path);
    return owner.#get(path, name, 'buffers');
  }

  #split(path: string): { owner: Module; name: string } {
    const end = path.lastIndexOf('.');
    return { owner: this.getSubmodule(path.slice(0, Math.max(0, end))), name: path.slice(end + 1) };
  }

  #get<K extends 'parameters' | 'buffers' | 'children'>(path: string, name: string, kind: K): Members[K][number][1] {
    const all = this[members]()[kind];
    const found = all.find(([key]) => key === name);
    if (found) return found[1];
    const known = all.map(([key]) => `"${key}"`).join(', ') || 'none';
    throw new ModuleError(
      this.constructor.name,
      `it has no "${name}", asked for by the path "${path}". It has ${known}.`,
    );
  }

  // Registration: for names that are not written as fields

  /**
   * Makes a tensor part of the state without training it: moved by `to`, in the state dict unless `persistent` is false.
   * Returns it, so that a field can be declared by it. torch.nn.Module.register_buffer
   *
   * @example
   * class Counter extends nn.Module { count = this.registerBuffer('count', zeros([])); … }
   */
  registerBuffer<T extends Tensor | null>(
    name: string,
    tensor: T,
    { persistent = true }: { readonly persistent?: boolean } = {},
  ): T {
    this.#checkName('registerBuffer', name, this.#buffers.has(name));
    this.#buffers.set(name, persistent);
    Object.assign(this, { [name]: tensor });
    return tensor;
  }

  /** Adds a parameter under a name; null for one that is left out. torch.nn.Module.register_parameter */
  registerParameter(name: string, parameter: Parameter | null): void {
    if (parameter !== null && !(parameter instanceof Parameter)) {
      throw new ModuleError('registerParameter', `"${name}" is no Parameter. Wrap it in new nn.Parameter(…).`);
    }
    const old = (this as unknown as Record<string, unknown>)[name];
    this.#checkName('registerParameter', name, old === null || old instanceof Parameter);
    Object.assign(this, { [name]: parameter });
  }

  /** Adds a sub-module under a name. torch.nn.Module.register_module */
  registerModule(name: string, module: Module | null): void {
    if (module !== null) checkModule('registerModule', name, module);
    const old = (this as unknown as Record<string, unknown>)[name];
    this.#checkName('registerModule', name, old === null || (isModule(old) && Object.hasOwn(this, name)));
    Object.assign(this, { [name]: module });
  }

  /** `registerModule` by its older name. torch.nn.Module.add_module */
  addModule(name: string, module: Module | null): void {
    this.registerModule(name, module);
  }

  #checkName(op: string, name: string, isSameKind: boolean): void {
    checkName(op, name);
    if (name in this && !isSameKind) {
      throw new ModuleError(
        op,
        `"${name}" is already something else in ${this.constructor.name}. Choose another name.`,
      );
    }
  }

  // State

  /**
   * Every parameter and persistent buffer by path, in PyTorch's order, sharing memory with the module and without history.
   * Tensors held twice appear twice. torch.nn.Module.state_dict
   */
  stateDict(options: StateDictOptions = {}): Record<string, Tensor> {
    return stateDictOf(this as Module<never[]>, options);
  }

  /**
   * Copies the tensors of a state dict into the module, converting dtypes, and returns the keys that only one side has.
   * Throws StateDictError, changing nothing, where shapes differ or, unless `strict` is false, there are such keys.
   * torch.nn.Module.load_state_dict
   */
  loadStateDict(dict: StateDict, { strict = true }: { readonly strict?: boolean } = {}): IncompatibleKeys {
    return loadState(this as Module<never[]>, dict, strict);
  }

  // What is done to all of it

  /** Calls `fn` with every sub-module, children first, then with itself. torch.nn.Module.apply */
  apply(fn: (module: Module) => void): this {
    for (const child of this.children()) child.apply(fn);
    fn(this);
    return this;
  }

  /** Switches itself and all sub-modules to training (or to evaluation). torch.nn.Module.train */
  train(mode = true): this {
    for (const module of this.modules()) module.training = mode;
    return this;
  }

  /** `train(false)`: Dropout passes its input through. torch.nn.Module.eval */
  eval(): this {
    return this.train(false);
  }

  /** Whether backward computes gradients for the parameters. torch.nn.Module.requires_grad_ */
  requiresGrad_(value = true): this {
    for (const [, parameter] of this.#collect('parameters', {})) parameter.requiresGrad_(value);
    return this;
  }

  /** Lets go of the gradients of the parameters, or with `setToNone: false` sets them to zeros. torch.nn.Module.zero_grad */
  zeroGrad({ setToNone = true }: { readonly setToNone?: boolean } = {}): void {
    for (const [, parameter] of this.#collect('parameters', {})) {
      const grad = setToNone ? undefined : parameter.grad?.detach();
      parameter.grad = grad ? noGrad(() => grad.zero_()) : null;
    }
  }

  /**
   * Converts all float parameters and buffers to a float dtype at once, or moves everything to a device, which is awaited.
   * Parameters stay the same objects. torch.nn.Module.to
   */
  to(dtype: DType): this;
  to(device: Device | string): Promise<this>;
  to(target: DType | Device | string): this | Promise<this> {
    if (!isDType(target)) return moveModule(this, target).then(() => this);
    convertModule(this, target);
    return this;
  }

  /** `to('float32')`. */
  float(): this {
    return this.to('float32');
  }
  /** `to('float64')`. */
  double(): this {
    return this.to('float64');
  }
  /** `to('float16')`. */
  half(): this {
    return this.to('float16');
  }

  /** Converts all parameters and buffers to a dtype, integers too. torch.nn.Module.type */
  type(dtype: DType): this {
    replaceTensors(this, (tensor) => tensor.to(dtype));
    return this;
  }

  /** `to('cpu')`, which is awaited. torch.nn.Module.cpu */
  cpu(): Promise<this> {
    return this.to('cpu');
  }

  /** Makes all parameters and buffers anew on a device, without copying: their values are undefined. torch.nn.Module.to_empty */
  toEmpty(device: Device | string): this {
    replaceTensors(this, ({ shape, dtype }) => empty(shape, { dtype, device }));
    return this;
  }

  // Hooks

  /** Calls `hook` before `forward`; what it returns replaces the arguments. torch.nn.Module.register_forward_pre_hook */
  registerForwardPreHook(hook: ForwardPreHook<this>, options: HookOptions = {}): HookHandle {
    return addHook(this.#hooks, 'forwardPre', hook, options);
  }

  /** Calls `hook` after `forward`; what it returns replaces the output. torch.nn.Module.register_forward_hook */
  registerForwardHook(hook: ForwardHook<this>, options: ForwardHookOptions = {}): HookHandle {
    return addHook(this.#hooks, 'forward', hook, options);
  }

  /**
   * Calls `hook` in backward with the gradients of the outputs, before they flow into the module; what it returns replaces them.
   * torch.nn.Module.register_full_backward_pre_hook
   */
  registerFullBackwardPreHook(hook: BackwardPreHook<this>, options: HookOptions = {}): HookHandle {
    return addHook(this.#hooks, 'backwardPre', hook, options);
  }

  /**
   * Calls `hook` in backward with the gradients of the arguments (null for what has none) and of the outputs; what it returns
   * replaces the former. torch.nn.Module.register_full_backward_hook
   */
  registerFullBackwardHook(hook: BackwardHook<this>, options: HookOptions = {}): HookHandle {
    return addHook(this.#hooks, 'backward', hook, options);
  }

  /** Calls `hook` before its part of a state dict is made. torch.nn.Module.register_state_dict_pre_hook */
  registerStateDictPreHook(hook: StateDictPreHook<this>): HookHandle {
    return addHook(this.#hooks, 'statePre', hook);
  }

  /**
   * Calls `hook` when it and its children are in a state dict, to change it or return another.
   * torch.nn.Module.register_state_dict_post_hook
   */
  registerStateDictPostHook(hook: StateDictHook<this>): HookHandle {
    return addHook(this.#hooks, 'state', hook);
  }

  /**
   * Calls `hook` before it is loaded, with a copy of the state dict, to change its keys, say.
   * torch.nn.Module.register_load_state_dict_pre_hook
   */
  registerLoadStateDictPreHook(hook: LoadStateDictPreHook<this>): HookHandle {
    return addHook(this.#hooks, 'loadPre', hook);
  }

  /**
   * Calls `hook` when it and its children are loaded, with the keys that only one side has: those that it takes away are no error.
   * The values are then in the module even if an error follows. torch.nn.Module.register_load_state_dict_post_hook
   */
  registerLoadStateDictPostHook(hook: LoadStateDictPostHook<this>): HookHandle {
    return addHook(this.#hooks, 'loadPost', hook);
  }

  // Printing

  /** What stands between the parentheses when it is printed: its options. torch.nn.Module.extra_repr */
  extraRepr(): string {
    return '';
  }

  /** As PyTorch prints modules, with what they contain. */
  override toString(): string {
    return printModule(this);
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}
