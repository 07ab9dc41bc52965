// The tensor: a view of a storage, and what autograd knows of it. Its operations are functions of ops/; those that nearly
// every program needs are installed here as methods, the others by methods.ts.

import { AutogradError, DeviceError, DTypeError, ShapeError, show } from './errors.ts';
import { runBackward } from './autograd/engine.ts';
import { edgeOf, gradNode, needsGraph, recordNode, stateOf, type AutogradState } from './autograd/state.ts';
import type { Hook, Node } from './autograd/node.ts';
import { findDevice, untracked, type Device, type Storage } from './device.ts';
import { explain, freeInternal } from './dispatch.ts';
import { formatTensor } from './format/format-tensor.ts';
import { isTensor, tensorMark } from './is-tensor.ts';
import {
  contiguousStrides,
  fromFloat16Bits,
  isContiguous,
  isDType,
  isFloat,
  sizeOf,
  type DType,
  type TypedArray,
} from './kernel/index.ts';
import { install, installInplace, type InplaceMethods, type Methods } from './as-methods.ts';
import * as clamp from './ops/clamp.ts';
import * as copy from './ops/copy.ts';
import { toDType } from './ops/cast.ts';
import * as elementwise from './ops/elementwise.ts';
import { filled } from './ops/fill.ts';
import * as matmul from './ops/matmul.ts';
import * as reduction from './ops/reduction.ts';
import * as views from './ops/view.ts';
import { where } from './ops/where.ts';
import * as randomInplace from './random/random-inplace.ts';
import { sameShape } from './shape.ts';
import { defineTensor, makeTensor, wrapStorage } from './tensor-factory.ts';

type NestedArray = number | boolean | NestedArray[];

export interface BackwardOptions {
  /** Keep the graph, so that backward can run again. Default: `createGraph`. */
  readonly retainGraph?: boolean;
  /** Record the computation of the gradients, so that they can be differentiated. */
  readonly createGraph?: boolean;
}

type Ops = Methods<typeof elementwise> &
  InplaceMethods<typeof elementwise> &
  Omit<Methods<typeof reduction>, 'max' | 'min'> &
  Methods<typeof views> &
  Methods<typeof copy> &
  Methods<typeof clamp> &
  Methods<typeof matmul> &
  Methods<typeof randomInplace>;

// The methods are installed in the static block of the class.
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging
export interface Tensor extends Ops {}

/**
 * A multi-dimensional array that remembers how it was computed. Made by `tensor`, `zeros`, `randn`, … and by operations on
 * other tensors. torch.Tensor
 */
export class Tensor {
  static {
    defineTensor(Tensor);
    for (const module of [elementwise, reduction, views, clamp, copy, matmul, randomInplace])
      install(Tensor.prototype, module);
    installInplace(Tensor.prototype, elementwise);
  }

  /** @internal */
  readonly storage: Storage;
  readonly shape: readonly number[];
  /** How many elements of the storage lie between neighbours along each dim. */
  readonly strides: readonly number[];
  /** Where in the storage the first element is. */
  readonly offset: number;
  #grad: Tensor | null = null;
  /** Whether nobody has asked for the gradient since backward made it: then it goes with this tensor's knowledge of it. */
  #isGradOurs = false;
  /** @internal */
  autograd: AutogradState | undefined;

  /** @internal Made by `tensor(…)` and its like. */
  constructor(storage: Storage, shape: readonly number[], strides: readonly number[], offset: number) {
    this.storage = storage;
    this.shape = shape;
    this.strides = strides;
    this.offset = offset;
  }

  get [tensorMark](): true {
    return true;
  }

  get dtype(): DType {
    return this.storage.dtype;
  }

  /** The backend that holds it. */
  get device(): Device {
    return this.storage.device;
  }

  /** The number of dims. */
  get ndim(): number {
    return this.shape.length;
  }

  /** The number of dims. torch.Tensor.dim */
  dim(): number {
    return this.shape.length;
  }

  /** The number of elements. torch.Tensor.numel */
  numel(): number {
    return sizeOf(this.shape);
  }

  /** The shape, or the size of one dim. torch.Tensor.size */
  size(): readonly number[];
  size(dim: number): number;
  size(dim?: number): readonly number[] | number {
    if (dim === undefined) return this.shape;
    const n = this.shape.at(dim);
    if (n === undefined) throw new ShapeError('size', `dim ${dim} is out of range for shape ${show(this.shape)}.`);
    return n;
  }

  isContiguous(): boolean {
    return isContiguous(this.shape, this.strides);
  }

  /** The largest of all, or along a dim with where it is, or of two tensors. torch.max */
  max(): Tensor;
  max(other: Tensor): Tensor;
  max(dim: number, options?: reduction.ReductionOptions): reduction.ValuesAndIndices;
  max(dim?: number | Tensor, options?: reduction.ReductionOptions): Tensor | reduction.ValuesAndIndices {
    return reduction.max(this, dim as number, options);
  }

  /** The smallest of all, or along a dim with where it is, or of two tensors. torch.min */
  min(): Tensor;
  min(other: Tensor): Tensor;
  min(dim: number, options?: reduction.ReductionOptions): reduction.ValuesAndIndices;
  min(dim?: number | Tensor, options?: reduction.ReductionOptions): Tensor | reduction.ValuesAndIndices {
    return reduction.min(this, dim as number, options);
  }

  /** This where the condition is true, `other` elsewhere. torch.Tensor.where */
  where(condition: Tensor, other: Tensor | number): Tensor {
    return where(condition, this, other);
  }

  // Autograd

  /** Whether backward computes a gradient for it. */
  get requiresGrad(): boolean {
    return this.autograd !== undefined && (this.autograd.requiresGrad || gradNode(this) !== undefined);
  }
  set requiresGrad(value: boolean) {
    this.requiresGrad_(value);
  }

  /** Whether it was made by the user and not by a recorded operation. */
  get isLeaf(): boolean {
    return this.gradFn === null;
  }

  /** The operation that made it, if gradients were recorded. */
  get gradFn(): Node | null {
    return gradNode(this) ?? null;
  }

  /** What backward added up for a leaf that requires grad (or for a tensor that `retainGrad` was called on). torch.Tensor.grad */
  get grad(): Tensor | null {
    this.#isGradOurs = false;
    return this.#grad;
  }
  set grad(value: Tensor | null) {
    if (value !== null) this.#checkGrad(value);
    if (this.#isGradOurs && this.#grad && this.#grad !== value) freeInternal(this.#grad.storage);
    this.#grad = value;
    this.#isGradOurs = false;
  }

  /** @internal The gradient, for who reads it now and does not keep it. */
  get ownGrad(): Tensor | null {
    return this.#grad;
  }
  /** @internal Gives it a gradient that nobody else knows. */
  giveGrad(grad: Tensor): void {
    this.grad = grad;
    this.#isGradOurs = true;
  }

  #checkGrad({ shape, dtype, device }: Tensor): void {
    if (!sameShape(shape, this.shape)) {
      throw new ShapeError(
        'grad',
        `a gradient of shape ${show(shape)} was assigned to a tensor of shape ${show(this.shape)}. They must be equal.`,
      );
    }
    if (dtype !== this.dtype) {
      throw new DTypeError(
        'grad',
        `a gradient of ${dtype} was assigned to a tensor of ${this.dtype}. Convert it with \`.to('${this.dtype}')\`.`,
      );
    }
    if (device !== this.device) {
      throw new DeviceError(
        'grad',
        `a gradient on "${device.name}" was assigned to a tensor on "${this.device.name}". Move it with \`await g.to("${this.device.name}")\`.`,
      );
    }
  }

  /** Asks for a gradient, or no longer. Throws for integers, and for results of operations. torch.Tensor.requires_grad_ */
  requiresGrad_(value = true): this {
    if (value && !isFloat(this.dtype))
      throw new DTypeError('requiresGrad_', `only floats can require gradients, not ${this.dtype}.`);
    if (!value && !this.isLeaf) {
      throw new AutogradError(
        'requiresGrad_',
        'only leaves can stop requiring grad. Use detach() for the result of an operation.',
      );
    }
    if (this.isLeaf) stateOf(this).requiresGrad = value;
    return this;
  }

  /** The same memory without history. torch.Tensor.detach */
  detach(): Tensor {
    return wrapStorage(this.storage, this.shape, this.strides, this.offset);
  }

  /** Forgets how it was made. torch.Tensor.detach_ */
  detach_(): this {
    if (this.autograd?.base) throw new AutogradError('detach_', 'a view cannot be detached in place. Use detach().');
    this.autograd = undefined;
    return this;
  }

  /** Keeps the gradient of a result of an operation in `.grad`. torch.Tensor.retain_grad */
  retainGrad(): void {
    const edge = edgeOf(this);
    if (!edge) throw new AutogradError('retainGrad', 'the tensor does not require grad.');
    const state = stateOf(this);
    if (this.isLeaf || state.retainsGrad) return;
    state.retainsGrad = true;
    edge.node.addHook(edge.slot, (grad) => {
      this.grad = untracked(() => this.grad?.add(grad) ?? grad.clone());
    });
  }

  /** Calls `hook` with the gradient when it is computed; what it returns replaces the gradient. torch.Tensor.register_hook */
  registerHook(hook: Hook): { remove(): void } {
    const edge = edgeOf(this);
    if (!edge) throw new AutogradError('registerHook', 'the tensor does not require grad.');
    return edge.node.addHook(edge.slot, hook);
  }

  /**
   * Computes the gradients of all leaves that this was computed from and adds them to their `.grad`. `gradient` is that of
   * the result itself, 1 by default where it has one element. torch.Tensor.backward
   */
  backward(gradient?: Tensor | BackwardOptions, options?: BackwardOptions): void {
    if (typeof gradient === 'number')
      throw new TypeError(
        `backward: the gradient is the number ${gradient}. Pass a tensor of the shape of the result.`,
      );
    const [seed, { createGraph = false, retainGraph = createGraph } = {}] = isTensor(gradient)
      ? [gradient, options]
      : [undefined, gradient ?? options];
    runBackward([this], [seed], { createGraph, retainGraph });
  }

  // Reading

  /** A flat copy of the elements, row-major. */
  async data(): Promise<TypedArray> {
    const source = this.#dense();
    try {
      return await source.device.backend.read(source.device.resolve(source.storage), ...source.#span());
    } catch (error) {
      throw explain(error);
    } finally {
      if (source !== this) freeInternal(source.storage);
    }
  }

  /** `data()` at once. Throws DeviceError on a device that can only be read asynchronously. */
  dataSync(): TypedArray {
    const { backend } = this.device;
    if (!backend.readSync) {
      throw new DeviceError(
        'data',
        `the "${this.device.name}" backend cannot be read synchronously. Use \`await t.data()\`.`,
      );
    }
    const source = this.#dense();
    try {
      return backend.readSync(source.device.resolve(source.storage), ...source.#span());
    } finally {
      if (source !== this) freeInternal(source.storage);
    }
  }

  /** Where to read, and how much: a view of nothing may begin beyond what is stored. */
  #span(): [offset: number, length: number] {
    const length = sizeOf(this.shape);
    return [length === 0 ? 0 : this.offset, length];
  }

  #dense(): Tensor {
    return this.isContiguous() ? this : copy.clone(this.detach());
  }

  /** The one element, as a number. torch.Tensor.item */
  async item(): Promise<number> {
    this.#checkItem();
    return this.#toNumber(await this.data());
  }

  /** `item()` at once. Throws DeviceError on a device that can only be read asynchronously. */
  itemSync(): number {
    this.#checkItem();
    if (!this.device.backend.readSync) {
      throw new DeviceError(
        'item',
        `the "${this.device.name}" backend cannot be read synchronously. Use \`await t.item()\`.`,
      );
    }
    return this.#toNumber(this.dataSync());
  }

  #checkItem(): void {
    if (sizeOf(this.shape) !== 1)
      throw new ShapeError(
        'item',
        `a tensor of shape ${show(this.shape)} has ${sizeOf(this.shape)} elements, not one. Use data().`,
      );
  }

  #toNumber([value = NaN]: TypedArray): number {
    return this.dtype === 'float16' ? fromFloat16Bits(value) : value;
  }

  /** Nested arrays of numbers (of booleans for bool). torch.Tensor.tolist */
  async toArray(): Promise<NestedArray> {
    return this.#nest(await this.data());
  }

  /** `toArray()` at once. */
  toArraySync(): NestedArray {
    return this.#nest(this.dataSync());
  }

  #nest(flat: TypedArray): NestedArray {
    const { dtype, shape } = this;
    const value = (v: number): number | boolean =>
      dtype === 'bool' ? v !== 0 : dtype === 'float16' ? fromFloat16Bits(v) : v;
    const strides = contiguousStrides(shape);
    const build = (d: number, at: number): NestedArray =>
      d === shape.length
        ? value(flat[at] ?? NaN)
        : Array.from({ length: shape[d] ?? 0 }, (_, k) => build(d + 1, at + k * (strides[d] ?? 0)));
    return build(0, 0);
  }

  /** As PyTorch prints it; inside `vmap`, and where the device cannot be read synchronously, only shape, dtype and device. */
  toString(): string {
    const { dtype, shape, device, storage } = this;
    if (!device.backend.readSync || storage.lanes)
      return `Tensor(shape=${show(shape)}, dtype=${dtype}, device=${device.name})`;
    const raw = this.dataSync();
    const name = this.gradFn?.name;
    return formatTensor({
      data: dtype === 'float16' ? Float32Array.from(raw, fromFloat16Bits) : raw,
      shape,
      dtype,
      ...(device !== findDevice(undefined) && { device: device.name }),
      ...(name ? { gradFnName: name } : { requiresGrad: this.requiresGrad }),
    });
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  // Conversion

  /** Converted to a dtype at once, or moved to a device, which is awaited. torch.Tensor.to */
  to(dtype: DType): Tensor;
  to(device: Device | string): Promise<Tensor>;
  to(target: DType | Device | string): Tensor | Promise<Tensor> {
    if (isDType(target)) return toDType(this, target);
    return this.#moveTo(target === this.device.name ? this.device : findDevice(target));
  }

  async #moveTo(device: Device): Promise<Tensor> {
    if (device === this.device) return this;
    const data = await this.data();
    const moved = makeTensor(device, this.dtype, this.shape);
    if (data.length > 0) device.backend.write(device.resolve(moved.storage), data);
    recordMove(this, moved);
    return moved;
  }

  float(): Tensor {
    return toDType(this, 'float32');
  }
  double(): Tensor {
    return toDType(this, 'float64');
  }
  half(): Tensor {
    return toDType(this, 'float16');
  }
  int(): Tensor {
    return toDType(this, 'int32');
  }
  bool(): Tensor {
    return toDType(this, 'bool');
  }

  // Memory

  /** Frees the memory at once, for all tensors that share it. Never needed; see DESIGN §4. */
  dispose(): void {
    this.storage.dispose();
  }
  [Symbol.dispose](): void {
    this.dispose();
  }

  // What operations need of each other

  /** @internal A tensor like this one of another shape, every element `value`. */
  filled(value: number, shape: readonly number[] = this.shape): Tensor {
    return filled(this.device, this.dtype, shape, value);
  }
  /** @internal */
  zeros(shape: readonly number[]): Tensor {
    return this.filled(0, shape);
  }
}

function recordMove(x: Tensor, moved: Tensor): void {
  const { device } = x;
  if (needsGraph([x])) recordNode('toCopy', [x], [moved], ([grad]) => [grad && moveSync(grad, device)]);
}

function moveSync(x: Tensor, device: Device): Tensor {
  if (!x.device.backend.readSync) {
    throw new DeviceError(
      'backward',
      `a gradient on "${x.device.name}" has to go back to "${device.name}", where its tensor was moved from, but cannot be read synchronously. Make leaves on one device, or move detach().`,
    );
  }
  const moved = makeTensor(device, x.dtype, x.shape);
  if (x.numel() > 0) device.backend.write(device.resolve(moved.storage), x.dataSync());
  recordMove(x, moved);
  return moved;
}
