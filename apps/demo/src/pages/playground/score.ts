// How good the network is at some of the points.

export interface Score {
  /** The mean cross-entropy; NaN where the network gives no numbers. */
  readonly loss: number;
  /** The share of points whose class it names. */
  readonly accuracy: number;
}

/** The score of the points `from … to`, of which `logits` has a row each; undefined where there are none. */
export function scoreOf(logits: Float32Array, labels: Int32Array, from: number, to: number): Score | undefined {
  if (to <= from) return undefined;
  const classes = logits.length / labels.length;
  let [loss, right] = [0, 0];
  for (let k = from; k < to; k++) {
    const row = logits.subarray(k * classes, (k + 1) * classes);
    const label = labels[k] ?? 0;
    const highest = Math.max(...row);
    const sum = row.reduce((total, value) => total + Math.exp(value - highest), 0);
    loss += highest + Math.log(sum) - (row[label] ?? NaN);
    if (row.indexOf(highest) === label) right++;
  }
  return { loss: loss / (to - from), accuracy: right / (to - from) };
}
