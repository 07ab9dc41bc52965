// Labels for a sequence that nobody has aligned with it.

import {
  DeviceError, DTypeError, isTensor, letGo, loopOp, needsGraph, recordReady, runLoop, scratch, ShapeError, show, tensor, tidy,
  ValueError, type Tensor,
} from '@rushlight/core'; // prettier-ignore
import { maximum } from '@rushlight/core/kernel';
import { checkIndexDType } from './class-target.ts';
import { ctcLosses, recordedCtcLosses } from './ctc-recursion.ts';
import { ctcStates, type CtcStates } from './ctc-states.ts';
import { checkFloat } from './float-operands.ts';
import { LossModule } from './loss-module.ts';
import { checkReduction, reduce, type Reduction, type ReductionOptions } from './reduction.ts';

/** Options of `ctcLoss` and `CTCLoss`. */
export interface CTCLossOptions extends ReductionOptions {
  /** The class that stands for no label. Default 0. */
  readonly blank?: number;
  /** Whether infinite losses, of inputs too short for their labels, count for 0 and have no gradient. Default false. */
  readonly zeroInfinity?: boolean;
}

/** One length per sample: numbers, or an int32 or uint8 tensor; of a single sample also one number. */
export type CTCLengths = number | readonly number[] | Tensor;

const op = 'ctcLoss';

/** Σ loss / max(labels, 1) / N. */
const meanOp = loopOp('ctcMean', (k) => {
  const [loss, length] = [k.input(0), k.input(1)];
  k.perRow(k.sum(loss.div(maximum(length, 1).cast(loss.dtype))).div(k.scalar(loss.dtype)));
});

/** The host's numbers of lengths, and the same beside the input as [N, 1]. */
interface Lengths {
  readonly numbers: readonly number[];
  readonly column: Tensor;
}

function lengthsOf(name: string, given: CTCLengths, { device }: Tensor, batch: number): Lengths {
  const numbers = isTensor(given) ? readLengths(name, given) : typeof given === 'number' ? [given] : [...given];
  if (numbers.length !== batch)
    throw new ShapeError(op, `there are ${numbers.length} ${name} for ${batch} samples. Give one each.`);
  const wrong = numbers.findIndex((n) => !Number.isInteger(n) || n < 0);
  if (wrong >= 0)
    throw new ValueError(op, `${name}[${wrong}] is ${String(numbers[wrong])}. It must be an integer ≥ 0.`);
  const column =
    isTensor(given) && given.device === device
      ? given.detach().to('int32').reshape([batch, 1])
      : tensor(new Int32Array(numbers), { shape: [batch, 1], device });
  return { numbers, column };
}

function readLengths(name: string, given: Tensor): number[] {
  if (given.dtype !== 'int32' && given.dtype !== 'uint8') {
    throw new DTypeError(
      op,
      `the ${name} are ${given.dtype}. They must be int32 or uint8: convert with \`.to('int32')\`.`,
    );
  }
  if (!given.device.backend.readSync) {
    throw new DeviceError(
      op,
      `the ${name} are on the "${given.device.name}" backend, which cannot be read synchronously. Pass \`[...(await t.data())]\`.`,
    );
  }
  return [...given.dataSync()];
}

function checkLengths(logProbs: Tensor, targets: Tensor, inputs: readonly number[], labels: readonly number[]): void {
  const [times = 0] = logProbs.shape;
  const long = inputs.findIndex((n) => n > times);
  if (long >= 0) {
    throw new ValueError(
      op,
      `inputLengths[${long}] is ${inputs[long]}, logProbs of shape ${show(logProbs.shape)} have ${times} steps. Use 0 … ${times}.`,
    );
  }
  const shown = `the targets have shape ${show(targets.shape)}`;
  if (targets.ndim === 1) {
    const total = labels.reduce((a, b) => a + b, 0);
    if (total === targets.shape[0]) return;
    throw new ShapeError(op, `${shown}, the targetLengths add up to ${total}. They must be equal.`);
  }
  const [rows = 0, most = 0] = targets.shape;
  if (rows !== labels.length)
    throw new ShapeError(
      op,
      `${shown}, there are ${labels.length} samples. Give one row each, or [sum of targetLengths].`,
    );
  const large = labels.findIndex((n) => n > most);
  if (large >= 0) throw new ValueError(op, `targetLengths[${large}] is ${labels[large]}, ${shown}. Use 0 … ${most}.`);
}

function checkOperands(logProbs: Tensor, targets: Tensor, blank: number): void {
  checkFloat(op, 'logProbs', logProbs);
  if (logProbs.ndim !== 2 && logProbs.ndim !== 3)
    throw new ShapeError(op, `logProbs have shape ${show(logProbs.shape)}. Use [T, N, C], or [T, C] for one sample.`);
  checkIndexDType(op, targets);
  if (targets.ndim !== 1 && targets.ndim !== 2)
    throw new ShapeError(op, `the targets have shape ${show(targets.shape)}. Use [N, S] or [sum of targetLengths].`);
  const classes = logProbs.shape.at(-1) ?? 0;
  if (Number.isInteger(blank) && blank >= 0 && blank < classes) return;
  throw new ValueError(op, `blank is ${String(blank)}, there are ${classes} classes. Name one of them.`);
}

/**
 * −ln of the sum, over all alignments of the labels with the steps of time, of their probability: a label may last, and
 * between labels (between equal ones it must) there may be blanks. The mean divides each loss by its number of labels, at least
 * 1, before it averages over the samples; NaN if there are none. An input too short for its labels costs Infinity.
 *
 * `logProbs`: log-probabilities (of `logSoftmax`), float, [T, N, C], or [T, C] for one sample. `targets`: classes other than
 * `blank`, int32 or uint8, [N, S], filled up with anything, or one after another [sum of targetLengths]. Result: a scalar, or
 * [N] or [] for reduction `none`. Float16 is computed in float32.
 *
 * The gradient is PyTorch's: that of the loss, plus e^logProbs, which `logSoftmax` before it takes back. It is found along with
 * the loss, in 2·T launches; one that is to be differentiated again takes 15·T, and its own gradient 43·T more.
 *
 * Throws ShapeError or DTypeError where these do not fit, ValueError for a class out of range (named with its position), a length
 * that is no count or too large, a blank that is no class or an unknown reduction, DeviceError for lengths on a device that
 * cannot be read synchronously. A. Graves et al., "Connectionist temporal classification: labelling unsegmented sequence data
 * with recurrent neural networks", 2006. torch.nn.functional.ctc_loss
 *
 * @example
 * const logProbs = randn([50, 2, 20], { requiresGrad: true }).logSoftmax(2);
 * const targets = tensor([[1, 2, 3], [4, 4, 0]], { dtype: 'int32' });
 * ctcLoss(logProbs, targets, [50, 40], [3, 2]).backward();
 */
export function ctcLoss(
  logProbs: Tensor,
  targets: Tensor,
  inputLengths: CTCLengths,
  targetLengths: CTCLengths,
  { blank = 0, zeroInfinity = false, reduction = 'mean' }: CTCLossOptions = {},
): Tensor {
  checkReduction(op, reduction);
  checkOperands(logProbs, targets, blank);
  const options = { blank, zeroInfinity, reduction };
  return scratch([logProbs], () =>
    logProbs.dtype === 'float16'
      ? lossOf(logProbs.to('float32'), targets, inputLengths, targetLengths, options).to('float16')
      : lossOf(logProbs, targets, inputLengths, targetLengths, options),
  );
}

function lossOf(
  logProbs: Tensor,
  targets: Tensor,
  inputLengths: CTCLengths,
  targetLengths: CTCLengths,
  { blank, zeroInfinity, reduction }: Required<CTCLossOptions>,
): Tensor {
  const isBatch = logProbs.ndim === 3;
  const x = isBatch ? logProbs : logProbs.unsqueeze(1);
  const [, batch = 0, classes = 0] = x.shape;
  const inputs = lengthsOf('inputLengths', inputLengths, x, batch);
  const labels = lengthsOf('targetLengths', targetLengths, x, batch);
  checkLengths(logProbs, targets, inputs.numbers, labels.numbers);
  const lengths = { inputLengths: inputs.column, targetLengths: labels.column, counts: labels.numbers };
  const states = tidy(() => ({ ...ctcStates(op, { targets, blank, classes, ...lengths }) }));
  const losses = recordedLosses(x, states, zeroInfinity);
  if (reduction !== 'mean') return reduce(losses, reduction).reshape(reduction === 'none' && isBatch ? [batch] : []);
  const operands = [losses, labels.column];
  const [mean] = runLoop(meanOp(operands), operands, { columns: [0, 1], scalars: [batch] });
  letGo([losses]);
  return mean as Tensor;
}

/** The losses [N, 1], with the gradient that is found along with them. */
function recordedLosses(x: Tensor, states: CtcStates, zeroInfinity: boolean): Tensor {
  const { labels, flags, inputLengths } = states;
  const [losses, ready] = ctcLosses(x.detach(), states, zeroInfinity, needsGraph([x]));
  if (!ready) return losses;
  recordReady(op, [x, labels, flags, inputLengths], losses, {
    ready,
    again: ([input, ...kept]) => {
      const [ofStates, ofFlags, ofLengths] = kept as [Tensor, Tensor, Tensor];
      const known = { labels: ofStates, flags: ofFlags, inputLengths: ofLengths };
      return recordedCtcLosses(input as Tensor, known, zeroInfinity);
    },
  });
  return losses;
}

/** `ctcLoss` as a module, with the same options. torch.nn.CTCLoss */
export class CTCLoss extends LossModule<
  Reduction,
  [logProbs: Tensor, targets: Tensor, inputLengths: CTCLengths, targetLengths: CTCLengths]
> {
  /** The class that stands for no label. */
  readonly blank: number;
  /** Whether infinite losses count for 0. */
  readonly zeroInfinity: boolean;

  constructor({ blank = 0, zeroInfinity = false, reduction = 'mean' }: CTCLossOptions = {}) {
    super(reduction);
    this.blank = blank;
    this.zeroInfinity = zeroInfinity;
  }

  forward(logProbs: Tensor, targets: Tensor, inputLengths: CTCLengths, targetLengths: CTCLengths): Tensor {
    return ctcLoss(logProbs, targets, inputLengths, targetLengths, this);
  }
}
