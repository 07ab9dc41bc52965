import * as rushlight from 'rushlight';
import { manualSeed, useBackend, type train } from 'rushlight';
import { beforeAll, describe, expect, test } from 'vitest';
import { codeOf } from './code.ts';
import { activations, classCount, limits, optimizers, sets, type PlaygroundConfig } from './config.ts';
import { withMoment, type Moment } from './history.ts';
import { gridOf, makeJob } from './job.ts';
import { ownPoint, parsePoints, pointsField, writePoints } from './own-points.ts';
import { enlarged } from './paint.ts';
import { scoreOf } from './score.ts';
import { texts } from './texts.ts';
import { gridSide, tileSide } from './view.ts';

beforeAll(() => useBackend('cpu'));

const usual: PlaygroundConfig = {
  set: 'moons', classes: 3, noise: 0.3, n: 200, test: 0.3, layers: [8, 8], act: 'tanh', opt: 'adam', lr: 0.03, momentum: 0.9,
  batch: 32, decay: 0, seed: 0, points: [],
}; // prettier-ignore

const corners = [ownPoint(-1, -1, 0), ownPoint(1, 1, 0), ownPoint(-1, 1, 2), ownPoint(1, -1, 2)];

async function trainFor(trainer: train.Trainer, steps: number): Promise<void> {
  for await (const event of trainer.run(1e9)) if (event.kind === 'step' && event.step >= steps) break;
}

describe('the job', () => {
  test('learns the moons, and shows plain numbers of the right shapes', async () => {
    const job = await makeJob(usual);
    const before = (await job.view()).view;
    await trainFor(job.trainer, 300);
    const { view, transfer } = await job.view();
    expect(view.step).toBe(300);
    expect(view.train?.accuracy).toBeGreaterThan(0.97);
    expect(view.test?.accuracy).toBeGreaterThan(0.95);
    expect(view.test?.loss).toBeLessThan(before.test?.loss ?? 0);
    expect(view.trained).toBe(140);
    expect(view.labels).toHaveLength(200);
    expect(view.places).toHaveLength(400);
    expect(view.grid).toHaveLength(gridSide ** 2 * 2);
    expect(view.layers.map(({ rows, cols }) => [rows, cols])).toEqual([[8, 3], [8, 9], [2, 9]]); // prettier-ignore
    for (const { rows, cols, weights, gradients, units } of view.layers) {
      expect([weights.length, gradients.length, units.length]).toEqual([
        rows * cols,
        rows * cols,
        rows * tileSide ** 2,
      ]);
      expect(gradients.some((value) => value !== 0)).toBe(true);
    }
    expect(new Set(transfer).size).toBe(1 + 3 * view.layers.length);
    expect(structuredClone(view)).toEqual(view);
  });

  test('looking changes nothing about the run', async () => {
    const [seen, unseen] = [await makeJob(usual), await makeJob(usual)];
    await trainFor(seen.trainer, 3);
    await seen.view();
    await trainFor(seen.trainer, 9);
    await trainFor(unseen.trainer, 9);
    expect((await seen.view()).view).toEqual((await unseen.view()).view);
  });

  test('goes on from a checkpoint with the learning rate it was given meanwhile', async () => {
    const job = await makeJob(usual);
    await trainFor(job.trainer, 5);
    job.adjust?.({ lr: 0.5 });
    job.adjust?.({ lr: 'fast' });
    job.adjust?.(null);
    const saved = await job.trainer.save();
    const next = await makeJob(usual);
    await next.trainer.load(saved);
    expect(next.trainer.options.optimizer.paramGroups[0]?.lr).toBe(0.5);
    await trainFor(job.trainer, 8);
    await trainFor(next.trainer, 8);
    expect((await next.view()).view.grid).toEqual((await job.view()).view.grid);
  });

  test.each(sets)('%s can be made and trained', async (set) => {
    const config = { ...usual, set, points: corners };
    const job = await makeJob(config);
    await trainFor(job.trainer, 2);
    const { view } = await job.view();
    expect(view.classes).toBe({ blobs: 3, spirals: 3, own: 3 }[set as string] ?? 2);
    expect(view.train?.loss).toBeGreaterThan(0);
  });

  test.each(optimizers)('%s steps', async (opt) => {
    const job = await makeJob({ ...usual, opt, decay: 0.01, layers: [], act: 'none' });
    const { loss = NaN } = (await job.view()).view.train ?? {};
    await trainFor(job.trainer, 20);
    expect((await job.view()).view.train?.loss).toBeLessThan(loss);
  });

  test.each(activations)('%s trains', async (act) => {
    const job = await makeJob({ ...usual, act });
    const { loss = NaN } = (await job.view()).view.train ?? {};
    await trainFor(job.trainer, 20);
    expect((await job.view()).view.train?.loss).toBeLessThan(loss);
  });

  test('shows an untrained network where there are no points yet', async () => {
    const { view } = await (await makeJob({ ...usual, set: 'own' })).view();
    expect([view.train, view.test, view.labels.length]).toEqual([undefined, undefined, 0]);
    expect(view.grid.every(Number.isFinite)).toBe(true);
  });

  test('an absurd learning rate ends in an error that names the step, and the picture is still given', async () => {
    const job = await makeJob({ ...usual, act: 'silu', opt: 'sgd', lr: 1000, decay: 0.01 });
    await expect(trainFor(job.trainer, 500)).rejects.toMatchObject({
      name: 'NonFiniteLossError',
      step: expect.any(Number),
    });
    expect((await job.view()).view.train?.loss).toBeNaN();
  });
});

describe('the code', () => {
  const AsyncFunction = (async () => undefined).constructor as new (
    ...parts: string[]
  ) => (all: unknown, console: { log: (...said: unknown[]) => void }) => Promise<void>;

  test.each(sets)('of %s does what the page does, to the last bit', async (set) => {
    const config = { ...usual, set, points: corners, test: set === 'own' ? 0.1 : 0.3 };
    const code = codeOf(config)
      .replace(/import \{(.*)\} from 'rushlight';/, 'const {$1} = all;')
      .replace("useBackend('auto')", "useBackend('cpu')")
      .replace('run(50)', 'run(3)');
    const said: unknown[][] = [];
    manualSeed(9);
    await new AsyncFunction('all', 'console', code)(rushlight, { log: (...line) => void said.push(line) });
    const job = await makeJob(config);
    const losses: number[] = [];
    for await (const event of job.trainer.run(3)) if (event.kind === 'epoch') losses.push(event.loss);
    expect(said.map(([, loss]) => loss)).toEqual(losses);
    const { test: score } = (await job.view()).view;
    expect((said.at(-1)?.[2] as train.MetricValues | undefined)?.['accuracy']).toBe(score?.accuracy);
  });

  test('names the layers and the optimizer', () => {
    const code = codeOf({ ...usual, layers: [4], act: 'gelu', opt: 'sgd', lr: 0.1, decay: 0.001 });
    expect(code).toContain('  new nn.Linear(2, 4),\n  new nn.GELU(),\n  new nn.Linear(4, 2),\n');
    expect(code).toContain('new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9, weightDecay: 0.001 })');
  });
});

describe('own points', () => {
  test('come back from the address', () => {
    const points = [ownPoint(-1.5, 1.5, 3), ownPoint(0.1234, -0.5, 0), ownPoint(9, -9, 1)];
    const back = pointsField.read(pointsField.write(points));
    expect(back).toHaveLength(3);
    back?.forEach((point, k) => {
      expect(point.x).toBeCloseTo(points[k]?.x ?? NaN, 9);
      expect(point.y).toBeCloseTo(points[k]?.y ?? NaN, 9);
      expect(point.label).toBe(points[k]?.label);
    });
  });

  test.each(['0', '4aaaa', '0zzzz', '0AAAA', 'hello', `${'0aaaa'.repeat(limits.points)}0`])(
    'an address with %s is not taken',
    (text) => expect(pointsField.read(text)).toBeUndefined(),
  );

  test('are read from text, and written so', () => {
    const text = '0.5, -0.25, 0\n\n# a remark\n  1 1 3 \n';
    expect(parsePoints(text)).toEqual([ownPoint(0.5, -0.25, 0), ownPoint(1, 1, 3)]);
    expect(writePoints([ownPoint(0.5, -0.25, 0)])).toBe('0.5, -0.25, 0');
  });

  test.each([
    ['1, 2', { line: 1, problem: 'shape' }],
    ['0, 0, 0\nx, 0, 0', { line: 2, problem: 'number' }],
    ['0, 2, 0', { line: 1, problem: 'range' }],
    ['0, 0, 4', { line: 1, problem: 'class' }],
    ['0, 0, 0.5', { line: 1, problem: 'class' }],
    ['0 0 0\n'.repeat(limits.points + 1), { line: limits.points + 1, problem: 'many' }],
  ] as const)('%j is refused with its line', (text, problem) => {
    expect(parsePoints(text)).toEqual(problem);
    for (const t of [texts.en, texts.zh])
      expect(t.problems[problem.problem](problem.line)).toContain(String(problem.line));
  });

  test('classes are as many as the highest label says', () => {
    expect(classCount({ ...usual, set: 'own', points: corners })).toBe(3);
    expect(classCount({ ...usual, set: 'own', points: [] })).toBe(2);
  });
});

test('the picture begins at the top left', () => {
  const grid = gridOf({ x: 1, y: 2, reach: 4 }, 4);
  expect(grid.slice(0, 4)).toEqual([-2, 5, 0, 5]);
  expect(grid.slice(-2)).toEqual([4, -1]);
});

test('a finer grid goes through the same places, and straight between them', () => {
  const grid = Float32Array.from([0, 10, 1, 11, 2, 12, 3, 13]);
  const fine = enlarged(grid, 2, 2, 3);
  expect(fine).toHaveLength(72);
  const at = (row: number, column: number, channel: number) => fine[(row * 6 + column) * 2 + channel];
  expect([at(1, 1, 0), at(1, 4, 0), at(4, 1, 0), at(4, 4, 1)]).toEqual([0, 1, 2, 13]);
  expect(at(1, 2, 1)).toBeCloseTo(10 + 1 / 3, 5);
  expect(at(3, 1, 0)).toBeCloseTo(4 / 3, 5);
  expect(at(0, 0, 0)).toBe(0);
});

test('scores are cross-entropy and the share of right answers; NaN is never right', () => {
  const logits = Float32Array.from([2, 0, 0, 1, NaN, 0]);
  const labels = Int32Array.from([0, 0, 0]);
  const { loss, accuracy } = scoreOf(logits, labels, 0, 2) ?? { loss: 0, accuracy: 0 };
  expect(loss).toBeCloseTo((Math.log1p(Math.exp(-2)) + Math.log1p(Math.exp(1))) / 2, 6);
  expect(accuracy).toBe(0.5);
  expect(scoreOf(logits, labels, 2, 3)).toEqual({ loss: NaN, accuracy: 0 });
  expect(scoreOf(logits, labels, 2, 2)).toBeUndefined();
});

test('curves begin anew with the run, and stay short', () => {
  const at = (step: number): Moment => ({ step, train: { loss: step, accuracy: 0 }, test: undefined });
  let history: readonly Moment[] = [];
  for (let step = 0; step < 5000; step++) history = withMoment(history, at(step));
  expect(history.length).toBeLessThan(900);
  expect([history[0]?.step, history.at(-1)?.step]).toEqual([0, 4999]);
  expect(withMoment(history, at(0))).toEqual([at(0)]);
  // Pictures, which are moments as well, are not kept with them.
  expect(withMoment([], { ...at(1), grid: [] } as Moment)).toEqual([at(1)]);
});
