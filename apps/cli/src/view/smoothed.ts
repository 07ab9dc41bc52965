/** A mean over the last steps, in which a step `n` ago counts 0.98ⁿ: about fifty. Not every step has to be told. */
export class Smoothed {
  #sum = 0;
  #weight = 0;
  #step: number | undefined;

  /** Undefined before the first number. */
  get value(): number | undefined {
    return this.#weight > 0 ? this.#sum / this.#weight : undefined;
  }

  /** The value at a step; what is no finite number is passed over. */
  add(step: number, value: number): void {
    if (!Number.isFinite(value)) return;
    const kept = 0.98 ** (this.#step === undefined ? 1 : step - this.#step);
    this.#sum = kept * this.#sum + (1 - kept) * value;
    this.#weight = kept * this.#weight + (1 - kept);
    this.#step = step;
  }
}
