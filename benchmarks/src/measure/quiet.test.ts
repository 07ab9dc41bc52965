import { expect, test } from 'vitest';
import { Quiet, type Instruments } from './quiet.ts';

/** A machine whose clock moves when told to. */
class FakeMachine implements Instruments {
  time = 0;
  busySeconds = 0;
  ownSeconds = 0;
  loop = [0.001];
  slept = 0;

  calibrate = (): number => (this.loop.length > 1 ? this.loop.shift() : this.loop[0]) ?? 0;
  busy = (): number => this.busySeconds;
  own = (): number => this.ownSeconds;
  now = (): number => this.time;
  sleep = (seconds: number): Promise<void> => {
    this.slept += 1;
    this.time += seconds;
    return Promise.resolve();
  };

  /** A second passes in which the contender, strangers and this process use processor time. */
  work(contender: number, strangers: number, own = 0) {
    return () => {
      this.time += 1;
      this.ownSeconds += own;
      this.busySeconds += contender + strangers + own;
      return Promise.resolve({ cpu: contender });
    };
  }
}

test('a turn is quiet when only the contender and this process worked', async () => {
  const machine = new FakeMachine();
  const quiet = new Quiet(machine);
  expect((await quiet.watch(machine.work(1, 0))).quiet).toBe(true);
  expect((await quiet.watch(machine.work(2, 0.1, 0.5))).quiet).toBe(true);
});

test('a turn is disturbed when strangers kept a processor busy', async () => {
  const machine = new FakeMachine();
  expect((await new Quiet(machine).watch(machine.work(1, 0.9))).quiet).toBe(false);
});

test('a turn is disturbed when the calibrating loop is slower than it can be', async () => {
  const machine = new FakeMachine();
  machine.loop = [0.001, 0.0012, 0.002];
  const quiet = new Quiet(machine);
  expect((await quiet.watch(machine.work(1, 0))).quiet).toBe(true);
  expect((await quiet.watch(machine.work(1, 0))).quiet).toBe(true);
  expect((await quiet.watch(machine.work(1, 0))).quiet).toBe(false);
});

test('settling waits for the loop to come back to its best, and not for ever', async () => {
  const machine = new FakeMachine();
  machine.loop = [0.001, 0.003, 0.003, 0.001];
  const quiet = new Quiet(machine);
  await quiet.settle();
  expect(machine.slept).toBe(0);
  await quiet.settle();
  expect(machine.slept).toBe(2);
  machine.loop = [0.01];
  const before = machine.time;
  await quiet.settle();
  expect(machine.time - before).toBeGreaterThan(1);
  expect(machine.time - before).toBeLessThan(5);
});

test('the real machine has all instruments', async () => {
  const quiet = new Quiet();
  await quiet.settle();
  const { result } = await quiet.watch(() => Promise.resolve({ cpu: 0, answer: 42 }));
  expect(result.answer).toBe(42);
});
