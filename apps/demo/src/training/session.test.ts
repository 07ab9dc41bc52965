// The page's side of a run, beside a worker that says what the test wants.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Command, Report } from './protocol.ts';
import type { Session } from './session.ts';

class FakeWorker extends EventTarget {
  readonly sent: Command[] = [];
  postMessage(command: Command): void {
    this.sent.push(command);
  }
  terminate(): void {}
}

let worker: FakeWorker;
let session: Session<object, string>;
const tell = (run: number, report: Report): boolean =>
  worker.dispatchEvent(new MessageEvent('message', { data: { run, report } }));
const progress = (step: number, losses: number[] = []): Report => ({
  kind: 'progress',
  progress: { step, epochs: 0, rate: 0, losses, evaluations: [] },
});

beforeEach(async () => {
  vi.stubGlobal('location', { hash: '' });
  vi.stubGlobal('history', { replaceState: () => {} });
  vi.stubGlobal('addEventListener', () => {});
  vi.stubGlobal('Worker', function Worker() {
    worker = new FakeWorker();
    return worker;
  });
  const { Session } = await import('./session.ts');
  session = new Session<object, string>('playground');
});
afterEach(() => {
  session.end();
  vi.unstubAllGlobals();
});

test('what a run tells after another one has begun is not shown', () => {
  session.make({});
  session.make({});
  const made = worker.sent.filter((command) => command.kind === 'make');
  expect(made.map(({ run }) => run)).toEqual([1, 2]);
  tell(1, { kind: 'made' });
  tell(1, progress(9, [9, 0.5]));
  tell(1, { kind: 'notice', notice: { kind: 'failed', message: 'late' } });
  expect([session.state.value, session.step.value, session.notice.value]).toEqual(['making', 0, undefined]);
  tell(2, { kind: 'made' });
  tell(2, progress(1, [1, 0.7]));
  expect([session.state.value, session.step.value]).toEqual(['paused', 1]);
  expect(session.losses.value).toEqual({ steps: [1], values: [0.7] });
});

test('answers find who asked, of whichever run; without a worker nobody waits', async () => {
  session.make({});
  const answer = session.ask('what');
  session.make({});
  tell(1, { kind: 'answer', id: 1, answer: 'that' });
  expect(await answer).toBe('that');
  const failed = session.ask('what');
  tell(2, { kind: 'answer', id: 2, error: 'no' });
  await expect(failed).rejects.toThrow('no');
  const never = session.save();
  worker.dispatchEvent(Object.assign(new Event('error'), { message: 'gone' }));
  await expect(never).rejects.toThrow('gone');
  expect(session.notice.value).toEqual({ kind: 'failed', message: 'gone' });
  // Nor later; with a new beginning there is a new worker.
  await expect(session.save()).rejects.toThrow('gone');
  const before = worker;
  session.make({});
  expect(worker).not.toBe(before);
  expect(worker.sent).toEqual([expect.objectContaining({ kind: 'make', run: 3 })]);
  tell(3, { kind: 'made' });
  expect([session.state.value, session.notice.value]).toEqual(['paused', undefined]);
});

test('a file that is loaded ends what went wrong before it', async () => {
  session.make({});
  tell(1, { kind: 'notice', notice: { kind: 'diverged', step: 3, message: 'NaN' } });
  const refused = session.load(new Uint8Array());
  tell(1, { kind: 'answer', id: 1, answer: { kind: 'other', message: 'no' } });
  expect(await refused).toEqual({ kind: 'other', message: 'no' });
  expect(session.notice.value?.kind).toBe('diverged');
  const taken = session.load(new Uint8Array());
  tell(1, { kind: 'answer', id: 2, answer: { kind: 'weights' } });
  await taken;
  expect(session.notice.value).toBeUndefined();
});

test('curves of long runs get coarser, and keep their ends', () => {
  session.make({});
  for (let step = 1; step <= 20_000; step++) tell(1, progress(step, [step, 1 / step]));
  const { steps, values } = session.losses.value;
  expect(steps.length).toBeLessThanOrEqual(4000);
  expect(steps.length).toBe(values.length);
  expect(steps[0]).toBe(1);
  // After a lost device steps are told again.
  tell(1, progress(100, [100, 5]));
  expect([session.losses.value.steps.at(-1), session.losses.value.values.at(-1)]).toEqual([100, 5]);
});
