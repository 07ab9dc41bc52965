import { beforeEach, describe, expect, test } from 'vitest';
import {
  gather,
  linear,
  profile,
  randn,
  record,
  recordFunction,
  scatter,
  tensor,
  useBackend,
  warmup,
  zeros,
  type ProfileEvent,
} from '../index.ts';
import { KernelCheckError, type Backend, type KernelTime, type KernelTimes, type Launch } from '../kernel/index.ts';
import { reference } from '../testing/reference.ts';

beforeEach(async () => {
  await useBackend(reference());
});

const names = (events: readonly ProfileEvent[]): string[] => events.map(({ name }) => name);

/** One turn of the event loop. */
const turn = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 0));

describe('profile', () => {
  test('tells kernels by what they compute and their sizes', async () => {
    const [x, weight, bias] = [randn([4, 3]), randn([2, 3]), randn([2])];
    const index = tensor([[0], [1], [1], [0]], { dtype: 'int32' });
    const { events, milliseconds } = await profile(() => {
      const y = linear(x, weight, { bias });
      y.relu().mul(2).softmax(1);
      gather(y, 1, index);
      y.double();
    });
    expect(names(events)).toEqual([
      'matmul [4, 3] @ [3, 2] + add',
      'loop le select [8]',
      'loop mul [8]',
      'loop max, sub exp -> sum, sub exp div [4] over [2]',
      'gather [4]',
      'loop cast [8] float64',
    ]);
    for (const { kind, device, start, duration, within, kernel } of events) {
      expect({ kind, device, within, kernel }).toEqual({
        kind: 'kernel',
        device: 'reference',
        within: [],
        kernel: undefined,
      });
      expect(start).toBeGreaterThanOrEqual(0);
      expect(start + duration).toBeLessThanOrEqual(milliseconds);
    }
  });

  test('adds up calls of one kernel, the longest first', async () => {
    const [small, large] = [zeros([2]), zeros([30, 30])];
    const { rows, events } = await profile(async () => {
      for (let k = 0; k < 3; k++) {
        small.exp();
        await turn();
      }
      large.sin().sin().sin();
    });
    expect(new Set(rows.map(({ name, calls, device }) => `${name}: ${calls} on ${device}`))).toEqual(
      new Set(['loop sin [900]: 3 on reference', 'loop exp [2]: 3 on reference']),
    );
    expect(rows.map(({ milliseconds }) => milliseconds)).toEqual(
      rows.map((row) => row.milliseconds).toSorted((a, b) => b - a),
    );
    for (const { name, milliseconds, mean, calls, share } of rows) {
      const mine = events.filter((event) => event.name === name).reduce((sum, { duration }) => sum + duration, 0);
      const all = events.reduce((sum, { duration }) => sum + duration, 0);
      expect(milliseconds).toBeCloseTo(mine, 9);
      expect(mean).toBeCloseTo(mine / calls, 9);
      expect(share).toBeCloseTo(mine / all, 9);
    }
  });

  test('counts what a recording does again', async () => {
    const x = zeros([2]);
    const recording = record(() => void x.exp());
    const { rows } = await profile(() => {
      recording.replay();
      recording.replay();
    });
    expect(rows).toMatchObject([{ name: 'loop exp [2]', calls: 2 }]);
  });

  test('tells of several devices apart', async () => {
    const other = Object.assign(Object.create(reference().create() as Backend) as Backend, { name: 'other' });
    const [here, there] = [zeros([2]), zeros([2], { device: await useBackend(other) })];
    const measured = await profile(() => {
      here.exp();
      there.exp();
    });
    expect(measured.rows.map(({ name, device }) => `${device} ${name}`).toSorted()).toEqual([
      'other loop exp [2]',
      'reference loop exp [2]',
    ]);
    expect(String(measured)).toContain('other: loop exp [2]');
  });

  test('is over when it failed, and throws what the function throws', async () => {
    const failing = profile(async () => {
      await turn();
      zeros([2]).add(zeros([3]));
    });
    await expect(profile(() => {})).rejects.toThrow('profile: a profile is being taken. Await it before the next.');
    await expect(failing).rejects.toThrow('add: ');
    expect((await profile(() => {})).events).toEqual([]);
  });

  test('notes nothing of what comes after it', async () => {
    const { events } = await profile(() => void zeros([2]).exp());
    zeros([3]).exp();
    expect(names(events).filter((name) => name.includes('exp'))).toEqual(['loop exp [2]']);
  });
});

describe('recordFunction', () => {
  test('only calls the function while nobody profiles', () => {
    expect(recordFunction('alone', () => 3)).toBe(3);
  });

  test('groups kernels, those of labels inside too', async () => {
    const x = zeros([2]);
    const measured = await profile(async () => {
      const y = recordFunction('step', () => {
        x.exp();
        return recordFunction('inner', () => x.sin());
      });
      await recordFunction('step', async () => {
        await turn();
        y.cos();
      });
      x.tan();
    });
    const kernels = measured.events.filter(({ kind }) => kind === 'kernel');
    expect(kernels.map(({ name, within }) => [name, ...within])).toEqual([
      ['loop exp [2]', 'step'],
      ['loop sin [2]', 'step', 'inner'],
      ['loop cos [2]', 'step'],
      ['loop tan [2]'],
    ]);
    const sum = (wanted: string): number =>
      kernels.filter(({ within }) => within.includes(wanted)).reduce((total, { duration }) => total + duration, 0);
    expect(measured.functions.map(({ name, calls }) => [name, calls])).toEqual([
      ['step', 2],
      ['inner', 1],
    ]);
    for (const { name, milliseconds, hostMilliseconds } of measured.functions) {
      expect(milliseconds).toBeCloseTo(sum(name), 9);
      expect(hostMilliseconds).toBeGreaterThanOrEqual(milliseconds - 1e-9);
    }
  });

  test('keeps tasks apart that run at the same time', async () => {
    const task = (label: string, op: () => void): Promise<void> =>
      recordFunction(label, async () => {
        await turn();
        op();
        await turn();
        op();
      });
    const x = zeros([2]);
    const { events } = await profile(() => Promise.all([task('a', () => void x.exp()), task('b', () => void x.sin())]));
    const kernels = events.filter(({ kind }) => kind === 'kernel');
    expect(new Set(kernels.map(({ name, within }) => [name, ...within].join()))).toEqual(
      new Set(['loop exp [2],a', 'loop sin [2],b']),
    );
    expect(kernels).toHaveLength(4);
  });

  test('one that calls itself is counted once by the clock, and its kernels once', async () => {
    const x = zeros([2]);
    const dive = (depth: number): void =>
      recordFunction('dive', () => {
        x.exp();
        if (depth > 1) dive(depth - 1);
      });
    const { functions, events, rows } = await profile(() => dive(3));
    expect(functions).toMatchObject([{ name: 'dive', calls: 3, share: 1 }]);
    expect(functions[0]?.milliseconds).toBeCloseTo(rows[0]?.milliseconds ?? 0, 9);
    const outermost = events.find(({ kind, within }) => kind === 'function' && within.length === 0);
    expect(functions[0]?.hostMilliseconds).toBe(outermost?.duration);
  });

  test('passes on what is thrown, and is noted', async () => {
    const { functions } = await profile(async () => {
      expect(() => recordFunction('sync', () => void zeros([2]).add(zeros([3])))).toThrow('add: ');
      await expect(recordFunction('async', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    });
    expect(functions.map(({ name, calls }) => [name, calls]).toSorted()).toEqual([
      ['async', 1],
      ['sync', 1],
    ]);
  });
});

describe('a device that runs launches later', () => {
  /** Its clock says that every kernel takes two milliseconds, beginning at 1000; `told` may change what it says. */
  function late(told: (kernels: KernelTime[]) => KernelTimes | Promise<KernelTimes>): Backend & { ended: number } {
    const inner = reference().create() as Backend;
    let timed: Launch[] | undefined;
    const backend = Object.assign(Object.create(inner) as Backend, {
      name: 'late',
      ended: 0,
      run(launch: Launch) {
        timed?.push(launch);
        inner.run(launch);
      },
      profile() {
        const mine: Launch[] = (timed = []);
        return async () => {
          timed = undefined;
          backend.ended++;
          await turn();
          return told(mine.map((launch, k) => ({ label: `kernel ${k}`, launch, start: 1000 + 3 * k, duration: 2 })));
        };
      },
    });
    return backend;
  }

  test('tells the times itself', async () => {
    await useBackend(
      late((kernels) => ({
        kernels: [...kernels, { label: 'own', launch: undefined, start: 1100, duration: 1 }],
        note: 'rounded',
      })),
    );
    const x = zeros([2]);
    const measured = await profile(() => {
      recordFunction('f', () => x.exp().exp());
    });
    const [f, first, second, own] = measured.events;
    expect([f?.name, first, second, own]).toMatchObject([
      'f',
      { name: 'loop exp [2]', kernel: 'kernel 0', device: 'late', duration: 2, within: ['f'] },
      { name: 'loop exp [2]', kernel: 'kernel 1', duration: 2, within: ['f'] },
      { name: 'own', within: [] },
    ]);
    expect((second?.start ?? 0) - (first?.start ?? 0)).toBeCloseTo(3, 9);
    expect(measured.rows.map(({ name, milliseconds, share }) => ({ name, milliseconds, share }))).toEqual([
      { name: 'loop exp [2] · kernel 0', milliseconds: 2, share: 0.4 },
      { name: 'loop exp [2] · kernel 1', milliseconds: 2, share: 0.4 },
      { name: 'own', milliseconds: 1, share: 0.2 },
    ]);
    expect(measured.functions).toMatchObject([{ name: 'f', milliseconds: 4, share: 0.8 }]);
    expect(measured.notes).toEqual(['late: rounded']);
  });

  test('that has no clock is timed by the wall, with its note', async () => {
    await useBackend(late(() => ({ kernels: undefined, note: 'no clock' })));
    const x = zeros([2]);
    const { rows, notes } = await profile(() => void x.exp());
    expect(rows).toMatchObject([{ name: 'loop exp [2]', calls: 1 }]);
    expect(notes).toEqual(['late: no clock']);
  });

  test('rejects with what went wrong on it', async () => {
    await useBackend(late(() => Promise.reject(new Error('the GPU stopped'))));
    const x = zeros([2]);
    await expect(profile(() => void x.exp())).rejects.toThrow('the GPU stopped');
  });

  test('is told when the function failed', async () => {
    const backend = late(() => Promise.reject(new Error('never seen')));
    await useBackend(backend);
    const x = zeros([2]);
    const failing = profile(() => {
      x.exp();
      throw new Error('mine');
    });
    await expect(failing).rejects.toThrow('mine');
    expect(backend.ended).toBe(1);
  });
});

describe('output', () => {
  test('a table for people', async () => {
    await useBackend(reference());
    const x = zeros([2]);
    const measured = await profile(() => {
      recordFunction('waves', () => x.exp().exp().sin().cos());
    });
    const lines = measured.table({ rowLimit: 2 }).split('\n');
    expect(lines[1]).toMatch(/^function +share +total +mean +calls +host$/);
    expect(lines[3]).toMatch(/^waves +100\.0 % +[\d.]+ (µs|ms|s) +[\d.]+ (µs|ms|s) +1 +[\d.]+ (µs|ms|s)$/);
    expect(lines.filter((line) => /^loop (exp|sin|cos) \[2\] +[\d.]+ % /.test(line))).toHaveLength(2);
    expect(lines.at(-2)).toBe('(and 1 more)');
    expect(lines.at(-1)).toMatch(/^kernels: [\d.]+ (µs|ms|s) in 4 calls; in all [\d.]+ (µs|ms|s)$/);
    expect(String(measured)).toContain('loop exp [2]');
  });

  test('a trace that Chrome draws', async () => {
    const x = zeros([2]);
    const measured = await profile(() => {
      recordFunction('outer', () => recordFunction('inner', () => void x.exp()));
    });
    const { traceEvents } = JSON.parse(measured.toChromeTrace()) as { traceEvents: Record<string, unknown>[] };
    const lanes = traceEvents.filter(({ ph }) => ph === 'M').map(({ tid, args }) => [tid, args]);
    expect(lanes).toEqual([
      [0, { name: 'functions' }],
      [1, { name: 'reference' }],
    ]);
    const spans = traceEvents.filter(({ ph }) => ph === 'X');
    expect(spans).toHaveLength(3);
    const kernel = spans.find(({ cat }) => cat === 'kernel');
    const event = measured.events.find(({ kind }) => kind === 'kernel');
    expect(kernel).toMatchObject({ name: 'loop exp [2]', tid: 1, args: { within: 'outer / inner' } });
    expect(kernel?.['ts']).toBeCloseTo(1000 * (event?.start ?? 0), 6);
    expect(kernel?.['dur']).toBeCloseTo(1000 * (event?.duration ?? 0), 6);
  });

  test('scatters and scans say what they do', async () => {
    const x = zeros([2, 3]);
    const index = tensor(
      [
        [0, 0, 1],
        [1, 0, 0],
      ],
      { dtype: 'int32' },
    );
    const { rows } = await profile(() => {
      scatter(x, 0, index, zeros([2, 3]), { reduce: 'add' });
      x.cumsum(1);
    });
    const told = rows.map(({ name }) => name);
    expect(told).toContain('scatter add [2, 3]');
    expect(told).toContain('scan sum [2, 3]');
  });
});

describe('warmup', () => {
  test('gives what the function gives, once every device has done it', async () => {
    const finished: string[] = [];
    const backend = { ...((await reference().create()) as Backend) };
    const finish = backend.finish.bind(backend);
    backend.finish = async () => {
      await finish();
      finished.push('finish');
    };
    await useBackend({ name: 'waiting', create: () => backend });
    const x = await warmup(async () => {
      finished.push('run');
      return zeros([2]).add(1);
    });
    expect(finished).toEqual(['run', 'finish']);
    expect(await x.toArray()).toEqual([1, 1]);
  });

  test('throws what the function throws, or a device', async () => {
    await expect(warmup(() => zeros([2]).view([3]))).rejects.toThrow('view');
    const backend = {
      ...((await reference().create()) as Backend),
      finish: () => Promise.reject(new Error('bad index')),
    };
    const device = await useBackend({ name: 'failing', create: () => backend });
    await expect(warmup(() => 1)).rejects.toThrow('bad index');
    device.dispose();
  });

  test('says what an operation found wrong in its own words, as every await does', async () => {
    const { readSync: _, ...inner } = (await reference().create()) as Backend;
    let launches: Launch[] = [];
    const fail = (): Promise<never> =>
      Promise.reject(new KernelCheckError(launches.at(-1) as Launch, { check: 0, value: 7, position: 0 }));
    const run = (launch: Launch): void => void launches.push(launch);
    const late: Backend = { ...inner, run, finish: fail, keepUp: fail };
    const device = await useBackend({ name: 'late', create: () => late });
    const index = zeros([1], { dtype: 'int32' });
    const x = zeros([3]);
    launches = [];
    x.gather(0, index);
    const told = 'gather: index 7 at position [0] is out of range';
    await expect(warmup(() => 1)).rejects.toThrow(told);
    await expect(device.relieve()).rejects.toThrow(told);
    device.dispose();
  });
});
