// Training on WebGPU in Node: to an accuracy, with one submission per step at most, and with memory that stays as it is.

import { cpu } from '@rushlight/backend-cpu';
import { webgpu } from '@rushlight/backend-webgpu';
import { whyNoDriver } from '@rushlight/backend-webgpu/testing';
import { openBackend, useBackend, type Device, type Tensor } from 'rushlight';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { accuracyOf, makeDigitsRun, step, type DigitsRun } from './digits-cnn.ts';

/** Bytes of the GPU that are enough for a few steps. */
const budget = 2 ** 24;

const missing = whyNoDriver();
if (missing !== undefined) process.stderr.write(`NOT RUN: training on webgpu: ${missing}\n`);

/** What the GPU was asked for since. */
function countCalls() {
  const { GPUDevice, GPUQueue } = globalThis;
  const submissions = vi.spyOn(GPUQueue.prototype, 'submit');
  const buffers = vi.spyOn(GPUDevice.prototype, 'createBuffer');
  const readings = vi.spyOn(GPUBuffer.prototype, 'mapAsync');
  return () => ({
    submissions: submissions.mock.calls.length,
    buffers: buffers.mock.calls.length,
    readings: readings.mock.calls.length,
  });
}

/** Steps as in an epoch, over again where it is too short. */
async function trainSteps(run: DigitsRun, steps: number, watch?: () => void): Promise<void> {
  for (let done = 0; done < steps;) {
    for await (const [x, target] of run.train) {
      step(run, x, target);
      done++;
      watch?.();
      if (done === steps) break;
    }
  }
}

describe.skipIf(missing !== undefined)('training on webgpu in Node', () => {
  let device: Device;
  beforeAll(async () => {
    device = await useBackend(webgpu({ budget }));
  });
  afterEach(() => void vi.restoreAllMocks());
  afterAll(() => device.dispose());

  test('reads digits after an epoch', { timeout: 300_000 }, async () => {
    const run = makeDigitsRun();
    for await (const [x, target] of run.train) step(run, x, target);
    expect(await accuracyOf(run)).toBeGreaterThanOrEqual(0.95);
  });

  test('a step takes one submission at most, one new buffer at most, and reads nothing', async () => {
    const run = makeDigitsRun({ size: 300, steps: 150 });
    // What is not freed by hand takes memory until the budget is used up: from then on it goes round.
    await trainSteps(run, 50);
    await device.backend.finish();
    const calls = countCalls();
    await trainSteps(run, 100);
    await device.backend.finish();
    const { submissions, buffers, readings } = calls();
    expect(submissions).toBeGreaterThan(0);
    expect(submissions).toBeLessThanOrEqual(100);
    expect(buffers).toBeLessThanOrEqual(100);
    expect(readings).toBeLessThanOrEqual(1); // of `finish`
  });

  test('memory stays as it is where nothing is freed by hand', { timeout: 600_000 }, async () => {
    const steps = process.env.ENGINES === 'all' ? 5000 : 100;
    const run = makeDigitsRun({ size: 300, steps });
    // Of the device, and of the process, whose memory a driver on the CPU takes; the most in each tenth of the steps.
    const most = { device: new Array<number>(10).fill(0), process: new Array<number>(10).fill(0) };
    let done = 0;
    await trainSteps(run, steps, () => {
      const tenth = Math.floor((done++ / steps) * 10);
      const { liveBytes, pooledBytes } = device.memory();
      most.device[tenth] = Math.max(most.device[tenth] ?? 0, liveBytes + pooledBytes);
      most.process[tenth] = Math.max(most.process[tenth] ?? 0, process.memoryUsage.rss());
    });
    await device.backend.finish();
    expect(Math.max(...most.device)).toBeLessThanOrEqual(budget);
    if (steps < 5000) return; // V8 takes its time to find the size that it wants
    for (const [, first = 0, ...later] of Object.values(most)) expect(Math.max(...later)).toBeLessThanOrEqual(1.1 * first); // prettier-ignore
  });

  test('metrics on another backend: tensors go there and back, and do not mix on the way', async () => {
    const other = await openBackend(cpu());
    const run = makeDigitsRun({ size: 30 });
    let loss: Tensor | undefined;
    for await (const [x, target] of run.train) {
      loss = step(run, x, target);
      const output = run.model(x);
      const [guess, truth] = [await output.argmax(1).to(other), await target.to(other)];
      expect([output.device, guess.device].map(({ name }) => name)).toEqual(['webgpu', 'cpu']);
      expect(guess.eq(truth).sum().itemSync()).toBeGreaterThanOrEqual(0);
      expect(() => output.argmax(1).eq(truth)).toThrow(/webgpu.*cpu|cpu.*webgpu/);
      const back = await guess.to(device);
      expect(await back.eq(output.argmax(1)).all().item()).toBe(1);
    }
    expect(Number.isFinite(await loss?.item())).toBe(true);
    other.dispose();
  });
});
