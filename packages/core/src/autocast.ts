// Mixed precision: products run in float16, what has a wide range of values in float32, and everything else in what it is given.

import { autocasting, withAutocast, type AutocastMode } from './autocast-mode.ts';
import { autocastPolicies, type AutocastPolicy } from './autocast-policies.ts';
import { gradNode, needsGraph } from './autograd/state.ts';
import { isBeforeRecording } from './dispatch.ts';
import { DeviceError, DTypeError } from './errors.ts';
import { isGradEnabled } from './grad-mode.ts';
import { isTensor } from './is-tensor.ts';
import { isFloat, type DType } from './kernel/index.ts';
import { letGo } from './ops/scratch.ts';
import type { Tensor } from './tensor.ts';

export interface AutocastOptions {
  /** What products run in. There is no bfloat16 here, so it is 'float16'. */
  readonly dtype?: DType;
  /** False: `fn` runs as outside of every region, also inside of one. Default true. */
  readonly enabled?: boolean;
  /** Convert a leaf that requires grad once for all operations that read it. Default true. */
  readonly cacheEnabled?: boolean;
}

/** A leaf as it was converted. */
interface Converted {
  readonly tensor: Tensor;
  readonly version: number;
}

/** @internal The floats that are converted; float64 stays what it is, as in PyTorch. */
export const isEligible = ({ dtype }: Tensor): boolean => isFloat(dtype) && dtype !== 'float64';

/** Every tensor among arguments, in lists and options too. */
function tensorsOf(args: readonly unknown[]): Tensor[] {
  const found: Tensor[] = [];
  replaced(args, (x) => {
    found.push(x);
    return x;
  });
  return found;
}

/** @internal Arguments with other tensors in place of theirs. What has none stays what it is. */
export function replaced(args: readonly unknown[], by: (x: Tensor) => Tensor): unknown[] {
  return args.map((arg) => {
    if (isTensor(arg)) return by(arg);
    if (Array.isArray(arg)) return arg.some(isTensor) ? replaced(arg, by) : arg;
    // Options; a module may stand for its own.
    if ((typeof arg !== 'object' && typeof arg !== 'function') || arg === null) return arg;
    const options: Record<string, unknown> = {};
    let isOther = false;
    for (const key in arg) {
      const value = (arg as Readonly<Record<string, unknown>>)[key];
      options[key] = isTensor(value) ? by(value) : value;
      isOther ||= options[key] !== value;
    }
    return isOther ? options : arg;
  });
}

/** The dtype that operands are converted to; undefined: none is. */
function targetOf(policy: AutocastPolicy, tensors: readonly Tensor[]): DType | undefined {
  if (policy === 'float16' || policy === 'float32') return policy;
  const eligible = tensors.filter(isEligible);
  return eligible.some(({ dtype }) => dtype === 'float32') ? 'float32' : undefined;
}

class Region implements AutocastMode {
  /** Undefined where nothing is kept. A region inside of another shares it. */
  readonly kept: WeakMap<Tensor, Converted> | undefined;

  constructor(kept: WeakMap<Tensor, Converted> | undefined) {
    this.kept = kept;
  }

  dtypeOf(op: string, dtype: DType): DType {
    return dtype === 'float16' && autocastPolicies.get(op) === 'float32' ? 'float32' : dtype;
  }

  run<A extends readonly unknown[], R>(op: string, fn: (...args: A) => R, args: A): R {
    const policy = autocastPolicies.get(op);
    if (policy === 'refused') throw refused(op);
    const tensors = tensorsOf(args);
    const target = policy && targetOf(policy, tensors);
    const made: Tensor[] = [];
    const given = target ? replaced(args, (x) => this.#convert(op, x, target, made)) : args;
    const result = withAutocast(undefined, () => fn(...(given as unknown as A)));
    release(made, tensors, result);
    const [first] = tensors;
    return policy === 'first' && isTensor(result) && first ? (result.to(first.dtype) as R) : result;
  }

  #convert(op: string, x: Tensor, dtype: DType, made: Tensor[]): Tensor {
    if (x.dtype === dtype || !isEligible(x)) return x;
    checkHas(op, x, dtype);
    const isKept = dtype === 'float16' && x.requiresGrad && x.isLeaf && !x.autograd?.base && !x.storage.lanes;
    const known = isKept ? this.kept?.get(x) : undefined;
    if (known && isGood(known, x)) return known.tensor;
    const tensor = x.to(dtype);
    if (isKept && this.kept && !tensor.storage.lanes) this.kept.set(x, { tensor, version: x.storage.version });
    else made.push(tensor);
    return tensor;
  }
}

/** Whether what was converted is what converting now would give. */
function isGood({ tensor, version }: Converted, x: Tensor): boolean {
  const { storage } = tensor;
  if (storage.isDisposed || version !== x.storage.version || isBeforeRecording(storage)) return false;
  return tensor.requiresGrad === isGradEnabled();
}

/** Frees what only one operation read: at once, or, where a gradient may read it, with the graph. */
function release(made: readonly Tensor[], operands: readonly Tensor[], result: unknown): void {
  const results = new Set(tensorsOf([result]).map((x) => x.storage));
  const isRecorded = needsGraph(operands);
  for (const x of made) {
    if (results.has(x.storage) || x.storage.lanes) continue;
    if (!isRecorded || gradNode(x)) letGo([x]);
  }
}

function checkHas(op: string, { device }: Tensor, dtype: DType): void {
  const { dtypes } = device.backend.limits;
  if (dtypes.includes(dtype)) return;
  throw new DeviceError(
    op,
    `under autocast it runs in ${dtype}, which the "${device.name}" backend has not: it has ${dtypes.join(', ')}. ` +
      'Pass autocast { enabled: false } there, or use a device that has it.',
  );
}

function refused(op: string): DTypeError {
  return new DTypeError(
    op,
    'it is not safe under autocast: the gradient of probabilities leaves the range of float16. ' +
      `Leave out the sigmoid before it and use ${op}WithLogits or BCEWithLogitsLoss, or run it in autocast(fn, { enabled: false }) on float32.`,
  );
}

/**
 * Runs `fn`, which may be async, in mixed precision, and returns what it returns. Inside, matrix products, convolutions and
 * recurrent layers convert their float32 operands to float16; exponentials, logarithms, powers, sums, norms, softmax and losses
 * convert float16 operands to float32; what takes several tensors of different dtypes runs in the widest. Operations in place
 * and float64 are left alone. Parameters stay float32, and so do their gradients. Run the forward pass and the loss in it,
 * and backward outside: gradients run in the dtypes that the operations ran in. Regions nest; `enabled: false` makes an exception of a part. As the gradient mode it
 * belongs to the task: where there is no AsyncLocalStorage, prefer a function that is not async.
 *
 * Throws DTypeError for a dtype other than float16, and inside DeviceError on a device without float16, DTypeError where
 * `binaryCrossEntropy` is called. It holds for tensors of every device, so no device is named. torch.autocast
 *
 * @example
 * const scaler = new optim.GradScaler();
 * const loss = autocast(() => crossEntropy(model(x), target));
 * scaler.scale(loss).backward();
 * await scaler.step(optimizer);
 * await scaler.update();
 */
export function autocast<T>(fn: () => T, options: AutocastOptions = {}): T {
  const { dtype = 'float16', enabled = true, cacheEnabled = true } = options;
  if (dtype !== 'float16')
    throw new DTypeError(
      'autocast',
      `dtype is ${String(dtype)}. It must be float16, the one that is faster and shorter.`,
    );
  if (!enabled) return withAutocast(undefined, fn);
  const outer = autocasting();
  const kept = outer instanceof Region ? outer.kept : undefined;
  return withAutocast(new Region(cacheEnabled ? (kept ?? new WeakMap()) : undefined), fn);
}

/** Whether this runs in a region of `autocast`. torch.is_autocast_enabled */
export function isAutocastEnabled(): boolean {
  return autocasting() !== undefined;
}

/** The dtype that `autocast` runs products in. torch.get_autocast_dtype */
export function getAutocastDtype(): DType {
  return 'float16';
}
