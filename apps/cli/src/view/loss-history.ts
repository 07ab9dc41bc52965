export interface LossPoint {
  readonly step: number;
  readonly loss: number;
}

const most = 1024;

/** The loss over a run in bounded memory: where there are too many points, neighbours become one. */
export class LossHistory {
  #points: LossPoint[] = [];
  /** So many points that are added make one that is kept, and those that wait for it. */
  #group = 1;
  #waiting: LossPoint[] = [];

  get points(): readonly LossPoint[] {
    return this.#waiting.length > 0 ? [...this.#points, meanOf(this.#waiting)] : this.#points;
  }

  /** Forgets what was added of later steps: they will be told again. */
  forgetAfter(step: number): void {
    this.#points = this.#points.filter((point) => point.step <= step);
    this.#waiting = this.#waiting.filter((point) => point.step <= step);
  }

  /** Steps only grow. */
  add(step: number, loss: number): void {
    this.#waiting.push({ step, loss });
    if (this.#waiting.length < this.#group) return;
    this.#points.push(meanOf(this.#waiting));
    this.#waiting = [];
    if (this.#points.length < most) return;
    const pairs = this.#points;
    this.#points = Array.from({ length: most / 2 }, (_, k) => meanOf(pairs.slice(2 * k, 2 * k + 2)));
    this.#group *= 2;
  }
}

function meanOf(points: readonly LossPoint[]): LossPoint {
  const mean = (pick: (point: LossPoint) => number): number =>
    points.reduce((sum, p) => sum + pick(p), 0) / points.length;
  return { step: mean(({ step }) => step), loss: mean(({ loss }) => loss) };
}
