// Sums over all alignments, in logarithms: forwards over what led to a state, backwards over what comes after it, one kernel
// for each step of time. With a_t(s) and b_t(s) what is before and after state s at time t, the share of the alignments that
// are in s at t is e^(a_t(s) + b_t(s) + loss), and that is what the gradient is made of.
// A. Graves et al., "Connectionist temporal classification", 2006, equations 6 to 16.

import {
  arange, cat, empty, full, gather, letGo, loopOp, padConstant, runLoop, scatterAdd, tidy, where, zeros, type Tensor,
} from '@rushlight/core'; // prettier-ignore
import { constant, detach, exp, log, maximum, select, type Expr } from '@rushlight/core/kernel';
import { ends, enters, leaves, shiftedView, type CtcStates } from './ctc-states.ts';

const never = -Infinity;

/** ln(e^x + e^y + …), −∞ where all of them are. */
function logSum(terms: readonly [Expr, ...Expr[]]): Expr {
  const [first, ...rest] = terms;
  const most = detach(rest.reduce((a, b) => maximum(a, b), first));
  const isNever = most.eq(never);
  const shift = select(isNever, 0, most);
  const powers = terms.map((x) => exp(x.sub(shift)));
  const total = powers.reduce((a, b) => a.add(b));
  return select(isNever, never, log(total).add(shift));
}

const has = (flags: Expr, flag: number): Expr => flags.and(flag).ne(0);

/** Inputs: a_{t−1} as it is, one and two states before; ln p_t; flags; the length of the input. After the end nothing changes. */
const stepOp = loopOp('ctcStep', (k) => {
  const [here, before, over] = [k.input(0), k.input(1), k.input(2)];
  const [x, flags, length] = [k.input(3), k.input(4), k.input(5)];
  const next = logSum([here, before, select(has(flags, enters), over, never)]).add(x);
  k.perElement(select(k.scalar('int32').lt(length), next, here));
});

/** −ln of the sum over the states that an alignment may end in. Rows are samples. Inputs: a_T and flags. */
const lossOp = loopOp('ctcLoss', (k) => {
  const x = select(has(k.input(1), ends), k.input(0), never);
  const most = detach(k.max(x));
  const isNever = most.eq(never);
  const shift = select(isNever, 0, most);
  k.perRow(
    select(
      isNever,
      Infinity,
      log(k.sum(exp(x.sub(shift))))
        .add(shift)
        .neg(),
    ),
  );
});

/**
 * Inputs: b_{t+1} + ln p_{t+1} as it is, one and two states after; ln p_t; flags; the length of the input; a_t.
 * Outputs: b_t + ln p_t, and a_t + b_t.
 */
const stepBackOp = loopOp('ctcStepBack', (k) => {
  const [here, after, over] = [k.input(0), k.input(1), k.input(2)];
  const [x, flags, length, a] = [k.input(3), k.input(4), k.input(5), k.input(6)];
  const next = k.scalar('int32').add(1);
  const inside = logSum([here, after, select(has(flags, leaves), over, never)]);
  const atEnd = select(has(flags, ends), constant(0, x.dtype), never);
  const b = select(next.eq(length), atEnd, select(next.lt(length), inside, never));
  k.perElement(b.add(x));
  k.perElement(a.add(b));
});

/** Inputs: a_t + b_t of all times, and the losses. */
const shareOp = loopOp('ctcShare', (k) => k.perElement(exp(k.input(0).add(k.input(1)))));

/** Inputs: ln p of all times, the shares of all classes, losses, lengths, times. */
const gradientOp = loopOp('ctcLossBackward', (k, zeroInfinity: boolean) => {
  const [x, share, loss] = [k.input(0), k.input(1), k.input(2)];
  const [length, time] = [k.input(3), k.input(4)];
  const found = select(loss.eq(Infinity), zeroInfinity ? 0 : NaN, exp(x).sub(share));
  k.perElement(select(time.lt(length), found, 0));
});

/** a before the first step: at the first blank, which leads to itself and to the first label. */
const start = ({ labels: { shape, device } }: CtcStates, { dtype }: Tensor): Tensor => {
  const [batch = 0, count = 1] = shape;
  return cat([zeros([batch, 1], { dtype, device }), full([batch, count - 1], never, { dtype, device })], 1);
};

/** ln p of the label of each state, [T, N, L]. */
const ofStates = (x: Tensor, { labels }: CtcStates): Tensor =>
  gather(x, 2, labels.unsqueeze(0).expand([x.shape[0] ?? 0, ...labels.shape]));

const shownLoss = (loss: Tensor, zeroInfinity: boolean): Tensor =>
  zeroInfinity ? where(loss.eq(Infinity), 0, loss) : loss;

/** The losses [N, 1] of log-probabilities [T, N, C], and with `wantsGradient` their gradient where that of each loss is 1. */
export function ctcLosses(
  x: Tensor,
  states: CtcStates,
  zeroInfinity: boolean,
  wantsGradient: boolean,
): [losses: Tensor, gradient?: Tensor] {
  return tidy(() => {
    const logs = ofStates(x, states);
    const { flags, inputLengths } = states;
    const before: Tensor[] = [];
    let a = start(states, x);
    for (let t = 0; t < (x.shape[0] ?? 0); t++) {
      const inputs = [a, a, a, logs.select(0, t), flags, inputLengths];
      const views = [undefined, shiftedView(a, -1, never), shiftedView(a, -2, never)];
      const [next] = runLoop(stepOp(inputs), inputs, { scalars: [t], views }) as [Tensor];
      if (wantsGradient) before.push(next);
      else letGo([a]);
      a = next;
    }
    const last = [a, flags];
    const [losses] = runLoop(lossOp(last), last, { columns: [1], keepdim: true }) as [Tensor];
    const shown = shownLoss(losses, zeroInfinity);
    return wantsGradient ? [shown, gradientOf(x, logs, before, losses, states, zeroInfinity)] : [shown];
  });
}

function gradientOf(
  x: Tensor,
  logs: Tensor,
  before: readonly Tensor[],
  losses: Tensor,
  { labels, flags, inputLengths }: CtcStates,
  zeroInfinity: boolean,
): Tensor {
  const { dtype, device } = x;
  const [times = 0] = x.shape;
  const both = empty(logs.shape, { dtype, device });
  let b = full(labels.shape, never, { dtype, device });
  for (let t = times - 1; t >= 0; t--) {
    const inputs = [b, b, b, logs.select(0, t), flags, inputLengths, before[t] as Tensor];
    const views = [undefined, shiftedView(b, 1, never), shiftedView(b, 2, never)];
    const out = [undefined, both.select(0, t)];
    const [next] = runLoop(stepBackOp(inputs), inputs, { scalars: [t], views, out }) as [Tensor];
    letGo([b]);
    b = next;
  }
  const all = [both, losses];
  const [shares] = runLoop(shareOp(all), all) as [Tensor];
  const ofClasses = scatterAdd(zeros(x.shape, { dtype, device }), 2, labels.unsqueeze(0).expand(logs.shape), shares);
  const time = arange(0, times, 1, { dtype: 'int32', device }).reshape([times, 1, 1]);
  const inputs = [x, ofClasses, losses, inputLengths, time];
  return runLoop(gradientOp(inputs, zeroInfinity), inputs)[0] as Tensor;
}

/** The same losses by recorded operations, whose gradient is the same and has one of its own. */
export function recordedCtcLosses(x: Tensor, states: CtcStates, zeroInfinity: boolean): Tensor {
  const logs = ofStates(x, states);
  const { flags, inputLengths } = states;
  let a = start(states, x);
  const [times = 0] = x.shape;
  for (let t = 0; t < times; t++) {
    const [before, over] = [1, 2].map((by) => padConstant(a, [by, -by], never)) as [Tensor, Tensor];
    const inputs = [a, before, over, logs.select(0, t), flags, inputLengths];
    [a] = runLoop(stepOp(inputs), inputs, { scalars: [t] }) as [Tensor];
  }
  const last = [a, flags];
  const [losses] = runLoop(lossOp(last), last, { columns: [1], keepdim: true }) as [Tensor];
  // What PyTorch's gradient has besides that of the loss: the probabilities, which softmax takes back.
  const time = arange(0, times, 1, { dtype: 'int32', device: x.device }).reshape([times, 1, 1]);
  const isActive = time.lt(inputLengths);
  const counts = where(isActive, where(losses.detach().eq(Infinity), zeroInfinity ? 0 : NaN, 1).to(x.dtype), 0);
  const extra = where(isActive, x, 0).exp().mul(counts).sum([0, 2]).unsqueeze(1);
  return shownLoss(losses, zeroInfinity).add(extra.sub(extra.detach()));
}
