// The Mersenne Twister MT19937, positioned the way PyTorch's engine is, so that its state can be exchanged with PyTorch.
// M. Matsumoto and T. Nishimura, "Mersenne Twister", ACM TOMACS 8 (1998).

export const stateLength = 624;
const middle = 397;

export class Mt19937 {
  readonly state = new Uint32Array(stateLength);
  /** Draws until the state is renewed, plus one. A seeded engine starts at 1: its first draw renews. */
  left = 1;
  /** Where the next draw reads. */
  next = 0;

  /** Starts the sequence over from the 32 bits of `seed`. */
  seed(seed: number): void {
    const { state } = this;
    let word = seed >>> 0;
    state[0] = word;
    for (let i = 1; i < stateLength; i++) {
      word = (Math.imul(1812433253, word ^ (word >>> 30)) + i) >>> 0;
      state[i] = word;
    }
    this.left = 1;
    this.next = 0;
  }

  /** The next 32 bits, as an unsigned integer. */
  draw(): number {
    if (--this.left === 0) this.renew();
    let word = this.state[this.next++] ?? 0;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  copyFrom(other: Mt19937): void {
    this.state.set(other.state);
    this.left = other.left;
    this.next = other.next;
  }

  private renew(): void {
    const { state } = this;
    let word = state[0] ?? 0;
    for (let i = 0; i < stateLength; i++) {
      const following = state[i + 1 === stateLength ? 0 : i + 1] ?? 0;
      const mixed = (word & 0x80000000) | (following & 0x7fffffff);
      const distant = state[i < stateLength - middle ? i + middle : i + middle - stateLength] ?? 0;
      state[i] = distant ^ (mixed >>> 1) ^ (mixed & 1 ? 0x9908b0df : 0);
      word = following;
    }
    this.left = stateLength;
    this.next = 0;
  }
}
