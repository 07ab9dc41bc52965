// What is measured: kernels that training spends its time in, and whole steps of training.

import { conv2d, nn, optim, rand, randint, randn, tidy, type Tensor } from 'rushlight';

export type Unit = 'GFLOP/s' | 'GB/s' | 'steps/s';

export interface Workload {
  readonly name: string;
  readonly unit: Unit;
  /** What one run counts for, in the unit's 10⁹ operations, 10⁹ bytes, or steps. */
  readonly amount: number;
  /** Makes its tensors on the default device, and gives what is run again and again. */
  readonly prepare: () => () => void;
}

/** A product of two n × n matrices: n³ multiplications and additions each. */
const matmul = (n: number): Workload => ({
  name: `matmul ${n}`,
  unit: 'GFLOP/s',
  amount: (2 * n ** 3) / 1e9,
  prepare() {
    const [a, b] = [randn([n, n]), randn([n, n])];
    return () => tidy(() => void a.matmul(b));
  },
});

/** 16 images of 32 × 32 with 32 channels, filtered to as many by 3 × 3. */
const conv: Workload = {
  name: 'conv 3×3',
  unit: 'GFLOP/s',
  amount: (2 * 16 * 32 * 32 * 32 * 32 * 9) / 1e9,
  prepare() {
    const [x, weight] = [randn([16, 32, 32, 32]), randn([32, 32, 3, 3])];
    return () => tidy(() => void conv2d(x, weight, { padding: 1 }));
  },
};

/** Over rows of 1,024 float32: each is read once and written once, so memory is what counts. */
const rows = (name: string, run: (x: Tensor) => Tensor): Workload => ({
  name,
  unit: 'GB/s',
  amount: (2 * 4 * 1024 * 1024) / 1e9,
  prepare() {
    const x = randn([1024, 1024]);
    return () => tidy(() => void run(x));
  },
});

/** One update of all weights on a batch of 64 images of 28 × 28: forward, backward, Adam. */
const training = (name: string, makeModel: () => nn.Sequential): Workload => ({
  name,
  unit: 'steps/s',
  amount: 1,
  prepare() {
    const model = makeModel();
    const optimizer = new optim.Adam(model.parameters());
    const [x, target] = [rand([64, 1, 28, 28]), randint(0, 10, [64])];
    return () =>
      tidy(() => {
        optimizer.zeroGrad();
        nn.functional.crossEntropy(model(x), target).backward();
        optimizer.step();
      });
  },
});

export const workloads: readonly Workload[] = [
  matmul(256),
  matmul(512),
  matmul(1024),
  conv,
  rows('softmax', (x) => x.softmax(1)),
  rows('layer norm', (x) => nn.functional.layerNorm(x, [1024])),
  training('train MLP', () =>
    new nn.Sequential(new nn.Flatten(), new nn.Linear(784, 128), new nn.ReLU(), new nn.Linear(128, 10)),
  ),
  training('train CNN', () =>
    new nn.Sequential(
      new nn.Conv2d(1, 8, 3, { padding: 1 }), new nn.ReLU(), new nn.MaxPool2d(2),
      new nn.Conv2d(8, 16, 3, { padding: 1 }), new nn.ReLU(), new nn.MaxPool2d(2),
      new nn.Flatten(), new nn.Linear(784, 10),
    ),
  ),
]; // prettier-ignore
