// Makes the arrays of a workload out of one seed, with the library's own generator.

import { manualSeed, rand, randint, randn } from 'rushlight';

export type Values = Float32Array | Int32Array;

export interface NamedArray {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Values;
  /** Whether training changes it. */
  readonly isParameter: boolean;
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, length) => size * length, 1);

export class ArrayMaker {
  readonly arrays: NamedArray[] = [];

  constructor(seed: number) {
    manualSeed(seed);
  }

  /** A parameter uniform in ±1/√fanIn, as nn.Linear and nn.Conv2d begin. */
  parameter(name: string, shape: number[], fanIn: number): void {
    const bound = 1 / Math.sqrt(fanIn);
    this.add(
      name,
      shape,
      (rand(shape).dataSync() as Float32Array).map((x) => (2 * x - 1) * bound),
      true,
    );
  }

  /** A weight and its bias. */
  layer(name: string, shape: number[]): void {
    const fanIn = sizeOf(shape.slice(1));
    this.parameter(`${name}.weight`, shape, fanIn);
    this.parameter(`${name}.bias`, shape.slice(0, 1), fanIn);
  }

  /** What nn.LayerNorm begins with. */
  norm(name: string, size: number): void {
    this.add(`${name}.weight`, [size], new Float32Array(size).fill(1), true);
    this.add(`${name}.bias`, [size], new Float32Array(size), true);
  }

  normal(name: string, shape: number[], scale = 1): void {
    this.add(
      name,
      shape,
      (randn(shape).dataSync() as Float32Array).map((x) => x * scale),
    );
  }

  integers(name: string, shape: number[], high: number): void {
    this.add(name, shape, randint(high, shape).dataSync() as Int32Array);
  }

  /** Inputs `x` [batches, batch, …shape] around a centre per class, and classes `y`: something that can be learned. */
  classes(batches: number, batch: number, shape: number[], classes: number): void {
    const size = sizeOf(shape);
    const centres = rand([classes, size]).dataSync();
    const noise = rand([batches * batch, size]).dataSync();
    const labels = randint(classes, [batches * batch]).dataSync() as Int32Array;
    const x = Float32Array.from(noise, (value, i) => {
      const label = labels[Math.floor(i / size)] ?? 0;
      return 0.5 * Number(value) + 0.5 * Number(centres[label * size + (i % size)]);
    });
    this.add('x', [batches, batch, ...shape], x);
    this.add('y', [batches, batch], labels);
  }

  /** Sequences in which a token mostly follows from the one before: inputs `x` and the tokens after them, `y`. */
  text(batches: number, batch: number, length: number, vocabulary: number): void {
    const noise = rand([batches * batch, length + 1]).dataSync();
    const x: number[] = [];
    const y: number[] = [];
    let token = 0;
    noise.forEach((draw, i) => {
      const previous = token;
      const at = i % (length + 1);
      const jump = at === 0 || Number(draw) < 0.2;
      token = jump ? Math.floor((Number(draw) * 7919) % vocabulary) : (previous * 7 + 3) % vocabulary;
      if (at < length) x.push(token);
      if (at > 0) y.push(token);
    });
    this.add('x', [batches, batch, length], Int32Array.from(x));
    this.add('y', [batches, batch, length], Int32Array.from(y));
  }

  private add(name: string, shape: readonly number[], values: Values, isParameter = false): void {
    this.arrays.push({ name, shape, values, isParameter });
  }
}
