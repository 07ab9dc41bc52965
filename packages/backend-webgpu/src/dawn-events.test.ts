import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { rand, useBackend } from '@rushlight/core';
import { expect, test } from 'vitest';
import { paceDawn } from './dawn-events.ts';
import { webgpu } from './index.ts';
import { whyNoDriver } from './testing/index.ts';

/** As Dawn for Node: while something is pending it asks in each turn of the event loop. Counts the questions. */
function makeDawn(loop: { setImmediate: (task: () => void) => unknown }, durations: readonly number[]) {
  const started = performance.now();
  const asked: number[] = [];
  const pending: { readonly end: number; readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];
  let isScheduled = false;
  const schedule = (): void => {
    if (isScheduled || pending.length === 0) return;
    isScheduled = true;
    loop.setImmediate(() => {
      isScheduled = false;
      asked.push(performance.now() - started);
      for (const one of pending.splice(0)) {
        if (performance.now() < one.end) pending.push(one);
        else if (Number.isNaN(one.end)) one.reject(new Error('lost'));
        else one.resolve();
      }
      schedule();
    });
  };
  let number = 0;
  const Empty = class {};
  const classes = {
    GPU: Empty,
    GPUAdapter: Empty,
    GPUDevice: Empty,
    GPUQueue: Empty,
    GPUBuffer: class {
      mapAsync(): Promise<void> {
        const duration = durations[number++] ?? 0;
        if (duration < 0) throw new TypeError('not a buffer');
        return new Promise((resolve, reject) => {
          pending.push({ end: performance.now() + duration, resolve, reject });
          schedule();
        });
      }
    },
  };
  return { classes, asked, Buffer: classes.GPUBuffer };
}

test('a long wait asks ever less often, and nobody else gets another setImmediate', async () => {
  const original = globalThis.setImmediate;
  const loop: { setImmediate: (task: () => void) => unknown } = { setImmediate: original };
  const { classes, asked, Buffer } = makeDawn(loop, [300, 300, 0, NaN, -1]);
  paceDawn(classes, loop);
  const buffer = new Buffer();

  const long = buffer.mapAsync();
  expect(loop.setImmediate).toBe(original);
  await long;
  const after = (ms: number): number => asked.filter((time) => time > ms).length;
  expect(after(3)).toBeLessThanOrEqual(297);
  expect(after(100)).toBeLessThanOrEqual(42); // 5 ms and more apart
  expect(loop.setImmediate).toBe(original);

  // What is asked for while another waits does not wait for its pause: it is answered in the next turns of the loop.
  const slow = buffer.mapAsync();
  await sleep(150);
  const turns = (n: number): Promise<string> =>
    new Promise((resolve) => original(() => resolve(n > 1 ? turns(n - 1) : 'late')));
  expect(await Promise.race([buffer.mapAsync().then(() => 'answered'), turns(3)])).toBe('answered');
  await expect(buffer.mapAsync()).rejects.toThrow('lost');
  await slow;
  expect(() => buffer.mapAsync()).toThrow(TypeError);
  expect(loop.setImmediate).toBe(original);
});

test.skipIf(whyNoDriver() !== undefined)('the event loop rests while the GPU computes', async () => {
  const device = await useBackend(webgpu());
  const x = rand([512, 512]);
  await x.matmul(x).sum().item();
  const before = performance.eventLoopUtilization();
  let y = x;
  for (let k = 0; k < 4; k++) y = y.matmul(x).mul(1 / 256);
  await y.sum().item();
  expect(performance.eventLoopUtilization(before).utilization).toBeLessThan(0.5);
  device.dispose();
});
