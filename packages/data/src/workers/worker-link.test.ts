import { expect, test, vi } from 'vitest';
import { WorkerLink } from './worker-link.ts';

test("ends a page's worker that has failed, which would go on by itself", async () => {
  const listeners = new Map<string, (event: unknown) => void>();
  const terminate = vi.fn<() => void>();
  const link = new WorkerLink(1, {
    postMessage: () => undefined,
    terminate,
    addEventListener: (type, listener) => void listeners.set(type, listener),
  });
  listeners.get('message')?.({ data: { rushlightData: 'ready', isIterable: false, collates: false } });
  const outcome = link.fetch({ batch: 0, indices: [0], skip: false, found: {} });
  listeners.get('error')?.({ message: 'out of turn' });
  await expect(outcome).rejects.toThrow('DataLoader: worker 1 failed: out of turn.');
  expect([link.isAlive, terminate.mock.calls.length]).toEqual([false, 0]);
  link.leave();
  expect(terminate).toHaveBeenCalledOnce();
});
