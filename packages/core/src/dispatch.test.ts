import { beforeAll, describe, expect, test } from 'vitest';
import {
  Device,
  dropout,
  effect,
  linear,
  manualSeed,
  noGrad,
  openBackend,
  record,
  rand,
  randn,
  tensor,
  useBackend,
  zeros,
} from './index.ts';
import { loopOp, runLoop } from './ops/loop.ts';
import { OutOfMemoryError } from './kernel/index.ts';
import { reference } from './testing/reference.ts';
import type { Tensor } from './tensor.ts';

beforeAll(async () => {
  await useBackend(reference());
});

// Adam in one loop, its numbers live: what @rushlight/optim does, small enough to read here.
const adam = loopOp('adam', (k) => {
  const [p, m, v, g] = [k.input(0), k.input(1), k.input(2), k.input(3)];
  const [beta1, rest1, beta2, rest2, stepSize, root2, eps] = Array.from({ length: 7 }, () => k.scalar('float32'));
  if (!beta1 || !rest1 || !beta2 || !rest2 || !stepSize || !root2 || !eps) return;
  const m1 = m.mul(beta1).add(g.mul(rest1));
  const v1 = v.mul(beta2).add(g.mul(g).mul(rest2));
  k.perElement(p.sub(stepSize.mul(m1.div(kSqrt(v1).div(root2).add(eps)))));
  k.perElement(m1);
  k.perElement(v1);
});
const { sqrt: kSqrt } = await import('./kernel/index.ts');

class Training {
  readonly parameters: Tensor[];
  readonly x = zeros([6, 4]);
  readonly target = zeros([6, 3]);
  step = 0;
  lr = 0.1;
  readonly #moments: [Tensor, Tensor][];

  constructor() {
    this.parameters = [randn([5, 4]), randn([5]), randn([3, 5]), randn([3])].map((p) => p.requiresGrad_());
    this.#moments = this.parameters.map((p) => [zeros(p.shape), zeros(p.shape)]);
  }

  run(): void {
    const [w1, b1, w2, b2] = this.parameters as [Tensor, Tensor, Tensor, Tensor];
    for (const p of this.parameters) p.grad = null;
    const hidden = dropout(linear(this.x, w1, { bias: b1 }).relu(), { p: 0.25 });
    const loss = linear(hidden, w2, { bias: b2 }).sub(this.target).square().mean();
    loss.backward();
    effect(() => void this.step++);
    noGrad(() =>
      this.parameters.forEach((p, k) => {
        const [m, v] = this.#moments[k] as [Tensor, Tensor];
        const inputs = [p, m, v, p.grad as Tensor];
        const scalars = [
          0.9, 1 - 0.9, 0.999, 1 - 0.999,
          () => this.lr / (1 - 0.9 ** this.step),
          () => Math.sqrt(1 - 0.999 ** this.step),
          1e-8,
        ]; // prettier-ignore
        runLoop(adam(inputs), inputs, { inplace: [p, m, v], scalars });
      }),
    );
  }

  feed(k: number): void {
    this.x.copy_(tensor(Array.from({ length: 24 }, (_, i) => Math.sin(i * (k + 1)))).reshape([6, 4]));
    this.target.copy_(tensor(Array.from({ length: 18 }, (_, i) => Math.cos(i + k))).reshape([6, 3]));
    this.lr = 0.1 / (1 + k);
  }

  weights(): number[][] {
    return this.parameters.map((p) => [...p.dataSync()]);
  }
}

describe('record', () => {
  test('a whole training step replays to the same weights', () => {
    manualSeed(7);
    const eager = new Training();
    for (let k = 0; k < 6; k++) {
      eager.feed(k);
      eager.run();
    }

    manualSeed(7);
    const replayed = new Training();
    replayed.feed(0);
    const recording = record(() => replayed.run());
    for (let k = 1; k < 6; k++) {
      replayed.feed(k);
      recording.replay();
    }
    expect(replayed.weights()).toEqual(eager.weights());
    expect(replayed.step).toBe(6);
    expect(recording.programs.length).toBeGreaterThan(10);
  });

  test('random numbers are drawn anew, where they were drawn', () => {
    manualSeed(7);
    const draw = (): number[] => {
      const x = zeros([3]).uniform_();
      return [...x.add(randn([3])).dataSync()];
    };
    const eager = [draw(), draw(), draw()];
    manualSeed(7);
    let sum = zeros([3]);
    const recording = record(
      () =>
        (sum = zeros([3])
          .uniform_()
          .add(randn([3]))),
    );
    const replayed = eager.map((_, k) => {
      if (k > 0) recording.replay();
      return [...sum.dataSync()];
    });
    expect(replayed).toEqual(eager);
  });

  test('an async function is refused, and the recording is over', () => {
    expect(() => record(async () => {})).toThrow('record: the function is async');
    expect(record(() => {}).programs).toEqual([]);
  });

  test('a second recording inside of a first is refused', () => {
    expect(() => record(() => void record(() => {}))).toThrow('a recording is already going on');
    // And the first is over.
    expect(record(() => {}).programs).toEqual([]);
  });
});

describe('programs', () => {
  /** The distinct programs that `fn` launches. */
  const programsOf = (fn: () => void): Set<unknown> => new Set(record(fn).programs);

  test('do not depend on sizes: a sequence growing from 1 to 512 makes a handful', () => {
    const w = randn([8, 8]).requiresGrad_();
    const seen = new Set<unknown>();
    const counts: number[] = [];
    for (const n of [1, 2, 3, 5, 8, 64, 257, 512]) {
      for (const p of programsOf(() => rand([n, 8]).matmul(w).softmax(1).sum().backward())) seen.add(p);
      counts.push(seen.size);
    }
    // Nothing new once sizes of 1 and of more have been seen.
    expect(counts.at(-1)).toBe(counts[2]);
  });

  test('do not depend on numbers of the user', () => {
    const x = rand([4]);
    const first = programsOf(() => void x.add(2).pow(3).clamp({ min: 0.1 }).leakyRelu({ negativeSlope: 0.2 }));
    const second = programsOf(() => void x.add(-7.5).pow(0.5).clamp({ min: 3 }).leakyRelu({ negativeSlope: 0.7 }));
    expect(second).toEqual(first);
  });
});

describe('devices', () => {
  test('are not mixed in one operation', async () => {
    const other = await openBackend({ name: 'other', create: () => ({ ...createReference(), name: 'other' }) });
    const y = tensor([1, 2], { device: other });
    expect(() => tensor([1, 2]).add(y)).toThrow(
      'add: tensors live on different devices ("reference" and "other"). Move one with `await t.to("reference")`.',
    );
    expect((await y.to('reference')).add(1).toArraySync()).toEqual([2, 3]);
    expect(y.device).toBeInstanceOf(Device);
    other.dispose();
  });

  const createReference = (): ReturnType<typeof openBackend> extends Promise<infer D>
    ? D extends Device
      ? Device['backend']
      : never
    : never => reference().create() as Device['backend'];
});

describe('a launch that needs memory beside its operands', () => {
  /** A backend that has room for so many buffers while it runs. */
  async function cramped(most: number): Promise<Device> {
    const backend = await reference().create();
    const { run } = backend;
    backend.run = (launch) => {
      const { liveBuffers } = backend.memory();
      if (liveBuffers > most) throw new OutOfMemoryError(`${liveBuffers} buffers`);
      run.call(backend, launch);
    };
    return openBackend(backend);
  }

  test('runs when idle tensors have made room', async () => {
    const device = await cramped(4);
    const idle = Array.from({ length: 20 }, (_, k) => tensor([k, k], { device }));
    const x = tensor([1, 2], { device });
    x.mul_(3);
    expect([...x.dataSync()]).toEqual([3, 6]);
    expect([...(idle[7]?.dataSync() ?? [])]).toEqual([7, 7]);
  });

  test('says that there is none when they have', async () => {
    const device = await cramped(1);
    const [x, y] = [tensor([1, 2], { device }), tensor([3, 4], { device })];
    expect(() => x.add(y)).toThrow(new OutOfMemoryError('3 buffers'));
    expect([...x.dataSync()]).toEqual([1, 2]);
  });
});
