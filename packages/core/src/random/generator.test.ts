import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { drawNormal } from './draw-normal.ts';
import { drawUniform } from './draw-uniform.ts';
import { Generator } from './generator.ts';

interface Fixture {
  fresh: { seed: string; next: number };
  seeds: { seed: string; initialSeed: string }[];
  state: { seed: number; bytes: string; normals: number[]; next: number };
}

const fixture: Fixture = JSON.parse(readFileSync(new URL('../../fixtures/generator.json', import.meta.url), 'utf8'));
const torchState = new Uint8Array(Buffer.from(fixture.state.bytes, 'base64'));

describe('seeds', () => {
  test("a new generator has PyTorch's default seed", () => {
    const generator = new Generator();
    expect(generator.initialSeed()).toBe(BigInt(fixture.fresh.seed));
    expect(generator.random()).toBe(fixture.fresh.next);
  });

  test.each(fixture.seeds)('$seed is remembered as $initialSeed', ({ seed, initialSeed }) => {
    expect(new Generator().manualSeed(BigInt(seed)).initialSeed()).toBe(BigInt(initialSeed));
  });

  test('the published sequence of MT19937 for the seed 5489', () => {
    const generator = new Generator().manualSeed(5489);
    expect(Array.from({ length: 3 }, () => generator.random())).toEqual([3499211612, 581869302, 3890346734]);
    for (let i = 3; i < 9999; i++) generator.random();
    expect(generator.random()).toBe(4123659995);
  });

  test('a number and a bigint seed alike, and seeding drops the spare normal', () => {
    const once = new Generator().manualSeed(3);
    drawNormal(once, 'float32', 1);
    const again = once.manualSeed(3n);
    expect(drawNormal(again, 'float32', 5)).toEqual(drawNormal(new Generator().manualSeed(3), 'float32', 5));
  });

  test('random seeds have 53 bits, differ, and start what they name', () => {
    const generator = new Generator();
    const [first, second] = [generator.seed(), generator.seed()];
    expect(first).not.toBe(second);
    expect(second).toBeLessThan(2n ** 53n);
    expect(generator.initialSeed()).toBe(second);
    expect(generator.random()).toBe(new Generator().manualSeed(second).random());
  });

  test.each([1.5, NaN, Infinity, 2 ** 53])('the number %d is refused', (seed) => {
    expect(() => new Generator().manualSeed(seed)).toThrow(
      `manualSeed: ${seed} is not an integer that a number holds exactly. Pass an integer, past 2^53 a bigint.`,
    );
  });

  test.each([2n ** 64n, -(2n ** 63n) - 1n])('%d does not fit', (seed) => {
    expect(() => new Generator().manualSeed(seed)).toThrow(`manualSeed: the seed ${seed} does not fit into 64 bits.`);
  });
});

describe('states', () => {
  const atFixture = () => {
    const generator = new Generator().manualSeed(fixture.state.seed);
    drawUniform(generator, 'float32', 700);
    drawNormal(generator, 'float32', 3);
    return generator;
  };

  test("are PyTorch's, byte for byte but for the spare normal", () => {
    const ours = atFixture().getState();
    const [spare, torchSpare] = [ours, torchState].map((state) => new DataView(state.buffer).getFloat64(5024, true));
    expect(spare).toBeCloseTo(torchSpare ?? NaN, 14);
    expect(ours.fill(0, 5024, 5032)).toEqual(torchState.slice().fill(0, 5024, 5032));
  });

  test("PyTorch's are gone on from", () => {
    const generator = new Generator().setState(torchState);
    expect(generator.initialSeed()).toBe(BigInt(fixture.state.seed));
    Array.from(drawNormal(generator, 'float64', 3)).forEach((z, i) =>
      expect(z).toBeCloseTo(fixture.state.normals[i] ?? NaN, 14),
    );
    expect(generator.random()).toBe(fixture.state.next);
  });

  test.each([0, 1, 623, 624, 625, 1248])('come back after %i draws', (draws) => {
    const generator = new Generator().manualSeed(2n ** 63n + 1n);
    for (let i = 0; i < draws; i++) generator.random();
    const copies = [new Generator().setState(generator.getState()), generator.clone()];
    const expected = Array.from({ length: 1300 }, () => generator.random());
    for (const copy of copies) {
      expect(copy.initialSeed()).toBe(2n ** 63n + 1n);
      expect(Array.from({ length: 1300 }, () => copy.random())).toEqual(expected);
    }
  });

  test('hold no spare normal once it is used, and clones share nothing', () => {
    const generator = atFixture();
    const clone = generator.clone();
    expect(drawNormal(clone, 'float32', 1)).toEqual(drawNormal(generator, 'float32', 1));
    expect(generator.getState()).toEqual(clone.getState());
    expect(new DataView(generator.getState().buffer).getInt32(5040, true)).toBe(0);
    clone.random();
    expect(generator.getState()).not.toEqual(clone.getState());
  });

  test('can lie anywhere in a buffer', () => {
    const padded = new Uint8Array(torchState.length + 3);
    padded.set(torchState, 3);
    expect(new Generator().setState(padded.subarray(3)).random()).toBe(new Generator().setState(torchState).random());
  });

  test('that are none are refused and change nothing', () => {
    const generator = new Generator();
    const before = generator.getState();
    expect(() => generator.setState(new Uint8Array(16))).toThrow(
      'setState: the state has 16 bytes instead of 5056. Pass what getState() returned.',
    );
    expect(() => generator.setState(new Uint8Array(5056))).toThrow(
      'setState: left 0 and next 0 are no position of MT19937.',
    );
    const skewed = torchState.slice();
    skewed[16] = (skewed[16] ?? 0) + 1;
    expect(() => generator.setState(skewed)).toThrow(/are no position of MT19937/);
    expect(generator.getState()).toEqual(before);
  });
});
