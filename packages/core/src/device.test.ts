import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  autograd,
  defaultDevice,
  Device,
  DeviceLostError,
  devices,
  findDevice,
  memory,
  ones,
  openBackend,
  OutOfMemoryError,
  reopenBackend,
  tensor,
  tidy,
  useBackend,
  zeros,
} from './index.ts';
import { garbageCollector } from './collect-garbage.ts';
import type { Backend, BackendFactory } from './kernel/index.ts';
import { reference } from './testing/reference.ts';

const kilobyte = 1024;
let device: Device;

beforeEach(async () => {
  device = await useBackend(reference({ budget: 64 * kilobyte }));
});
afterEach(() => {
  device.dispose();
  vi.restoreAllMocks();
});

/** A tensor of one kilobyte. */
const block = (value: number) => tensor(new Float32Array(256).fill(value));

describe('spilling', () => {
  test('keeps what is resident within the budget, and brings back what is used', () => {
    const blocks = Array.from({ length: 200 }, (_, k) => block(k));
    const { liveBytes, spilledBytes, spilledBuffers } = device.memory();
    expect(liveBytes).toBeLessThanOrEqual(64 * kilobyte);
    expect(liveBytes + spilledBytes).toBe(200 * kilobyte);
    expect(spilledBuffers).toBeGreaterThan(100);
    for (const k of [0, 199, 57, 0]) expect(blocks[k]?.add(1).dataSync()[255]).toBe(k + 1);
  });

  test('views of one storage are spilled and come back together', () => {
    const base = block(1);
    const view = base.slice(0, 0, 10);
    const others = Array.from({ length: 100 }, () => block(0));
    view.mul_(3);
    expect(base.dataSync().slice(8, 12)).toEqual(Float32Array.of(3, 3, 1, 1));
    expect(others.length).toBe(100);
  });

  test('the operands of one launch stay while it runs, even where they fill the budget', () => {
    const a = tensor(new Float32Array(5000).fill(2));
    const b = tensor(new Float32Array(5000).fill(3));
    const c = a.mul(b);
    expect(c.sum().itemSync()).toBe(30000);
  });

  test('a launch that needs more than the budget says so', () => {
    const [a, b] = [tensor(new Float32Array(8000)), tensor(new Float32Array(8000))];
    expect(() => a.mul(b)).toThrow(OutOfMemoryError);
    expect(() => zeros([100_000])).toThrow('400000 bytes for one tensor are more than its budget of 65536');
    // Nothing is lost by it.
    expect(a.add(1).itemSync === undefined).toBe(false);
  });

  test('goes on until what lay between large ones is gone', async () => {
    const whole = reference({ budget: 64 * kilobyte }).create() as Backend;
    // As a memory in pieces: nothing large fits while much is in it.
    const pieces = await openBackend({
      ...whole,
      allocate(dtype, length) {
        if (length > 5000 && whole.memory().liveBuffers > 1) throw new OutOfMemoryError('in pieces');
        return whole.allocate(dtype, length);
      },
    });
    const kept = Array.from({ length: 9 }, (_, k) => tensor(new Float32Array(256).fill(k), { device: pieces }));
    pieces.beginLaunch();
    const large = tensor(new Float32Array(6000), { device: pieces });
    expect(pieces.memory().liveBuffers).toBeLessThanOrEqual(2);
    expect(kept.map((x) => x.dataSync()[0])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(large.dataSync()[0]).toBe(0);
    pieces.dispose();
  });

  test('counts what an element takes on the device', async () => {
    const whole = reference({ budget: 64 * kilobyte }).create() as Backend;
    const wordy = await openBackend({
      ...whole,
      name: 'wordy',
      limits: { ...whole.limits, elementBytes: { bool: 4 } },
    });
    const make = (): unknown => zeros([4 * kilobyte], { dtype: 'bool', device: wordy });
    const kept = Array.from({ length: 5 }, make);
    expect(wordy.memory().spilledBytes).toBeGreaterThan(0);
    expect(kept.length).toBe(5);
    wordy.dispose();
  });

  test('a spilled tensor that is disposed is forgotten', () => {
    const blocks = Array.from({ length: 100 }, (_, k) => block(k));
    for (const x of blocks) x.dispose();
    expect(device.memory()).toMatchObject({ liveBytes: 0, liveBuffers: 0, spilledBytes: 0, spilledBuffers: 0 });
    expect(() => blocks[0]?.add(1)).toThrow('a disposed tensor was used');
  });

  test('a device that cannot be read synchronously spills where the loop yields, and else tells what to do', async () => {
    const { readSync: _, ...backend } = reference({ budget: 64 * kilobyte }).create() as Backend;
    const slow = await openBackend({ ...backend, name: 'slow' } as Backend);
    const make = (): unknown => tensor(new Float32Array(256), { device: slow });
    const kept = Array.from({ length: 50 }, make);
    await slow.relieve();
    expect(slow.memory().liveBytes).toBeLessThanOrEqual(32 * kilobyte);
    expect(slow.memory().spilledBytes).toBeGreaterThan(0);
    expect(() => kept.push(...Array.from({ length: 60 }, make))).toThrow(/await loss.item\(\).*using.*dispose.*tidy/);
    slow.dispose();
  });
});

describe('a loop without dispose', () => {
  test('holds a bounded number of tensors, however small they are', () => {
    const kept = [tensor([7])];
    for (let k = 0; k < 70_000; k++) device.allocate('float32', 0);
    expect(device.memory().liveBuffers).toBeLessThanOrEqual(2 ** 16);
    expect(device.memory().spilledBuffers).toBeGreaterThan(0);
    expect(kept[0]?.add(1).toArraySync()).toEqual([8]);
  });

  /** A device with a large budget on a host whose garbage collector cannot be called. */
  const roomyDevice = (): Device =>
    new Device(reference({ budget: 2 ** 30 }).create() as Backend, undefined, () => undefined);

  test('frees what nobody can reach, without copying it', () => {
    // Collecting takes no time here: how often it pays is not what is tested.
    vi.spyOn(performance, 'now').mockReturnValue(0);
    const roomy = new Device(reference({ budget: 2 ** 28 }).create() as Backend);
    for (let k = 0; k < 1000; k++) roomy.allocate('float32', 2 ** 17);
    const { liveBytes, spilledBytes } = roomy.memory();
    expect(liveBytes).toBeLessThanOrEqual(2 ** 27);
    // What came before the first collection was not watched.
    expect(spilledBytes).toBeLessThanOrEqual(2 ** 24);
    roomy.dispose();
  });

  test('takes no more than its share of the budget where collecting takes too long', () => {
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => (now += 1000));
    const roomy = new Device(reference({ budget: 2 ** 29 }).create() as Backend);
    let most = 0;
    for (let k = 0; k < 600; k++) {
      roomy.allocate('float32', 2 ** 17);
      most = Math.max(most, roomy.memory().liveBytes);
    }
    expect(most).toBeGreaterThan(2 ** 25);
    expect(most).toBeLessThanOrEqual(2 ** 26);
    expect(roomy.memory().spilledBytes).toBeGreaterThan(0);
    roomy.dispose();
  });

  test('keeps what a view or a gradient to come can reach', async () => {
    vi.spyOn(performance, 'now').mockReturnValue(0);
    const roomy = await useBackend(reference({ budget: 2 ** 28 }));
    const kept = Array.from({ length: 60 }, (_, k) => {
      const whole = tensor(new Float32Array(90_000).fill(k), { shape: [300, 300] });
      return k % 2 ? whole.slice(0, 7, 9) : whole;
    });
    const w = ones([300, 300]).requiresGrad_();
    const loss = w.mul(3).exp().log().sum();
    for (let k = 0; k < 800; k++) {
      roomy.beginLaunch();
      roomy.allocate('float32', 90_000);
    }
    loss.backward();
    expect(w.grad?.sum().itemSync()).toBeCloseTo(3 * 300 * 300, 0);
    kept.forEach((x, k) => expect(new Set(x.dataSync())).toEqual(new Set([k])));
    expect(roomy.memory().liveBytes).toBeLessThan(2 ** 27);
    roomy.dispose();
  });

  test('keeps little of what nobody uses, however large the budget, where garbage cannot be collected', () => {
    const roomy = roomyDevice();
    for (let k = 0; k < 200; k++) roomy.allocate('float32', 2 ** 16);
    expect(roomy.memory().liveBytes).toBeLessThanOrEqual(2 ** 24);
    expect(roomy.memory().spilledBytes).toBeGreaterThan(2 ** 24);
    roomy.dispose();
  });

  test('makes room for what is used again', () => {
    const roomy = roomyDevice();
    const used = Array.from({ length: 200 }, () => roomy.allocate('float32', 2 ** 16));
    for (let round = 0; round < 3; round++) {
      for (const storage of used) {
        roomy.beginLaunch();
        roomy.resolve(storage);
      }
    }
    expect(roomy.memory()).toMatchObject({ liveBytes: 200 * 2 ** 18, spilledBytes: 0 });
    roomy.dispose();
  });

  test('makes room for one that is large, instead of spilling it', () => {
    const roomy = roomyDevice();
    const large = roomy.allocate('float32', 2 ** 23);
    let reads = 0;
    const { readSync } = roomy.backend;
    roomy.backend.readSync = (buffer, offset, length) => {
      reads = Math.max(reads, length);
      return readSync?.call(roomy.backend, buffer, offset, length) ?? new Float32Array();
    };
    for (let k = 0; k < 500; k++) {
      roomy.allocate('float32', 2 ** 16);
      roomy.beginLaunch();
      roomy.resolve(large);
    }
    expect(reads).toBe(2 ** 16);
    roomy.dispose();
  });

  test('turns the event loop only where enough came since it last did', async () => {
    let turns = 0;
    const whole = reference({ budget: 64 * kilobyte }).create() as Backend;
    const busy = await openBackend({ ...whole, name: 'busy', relieve: async () => void turns++ });
    const kept = Array.from({ length: 40 }, () => zeros([256], { device: busy }));
    for (let k = 0; k < 10; k++) await busy.relieve();
    expect(turns).toBe(1);
    for (let k = 0; k < 10; k++) {
      kept.push(zeros([256], { device: busy }));
      await busy.relieve();
    }
    expect(turns).toBe(3);
    busy.dispose();
  });

  test('forgets what was spilled and then collected', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    for (let k = 0; k < 1000; k++) block(k);
    expect(device.memory().spilledBuffers).toBeGreaterThan(900);
    // What is collected is told when the engine finds time for it: on a busy machine that takes a while.
    for (let k = 0; k < 500 && device.memory().spilledBuffers > 0; k++) {
      await new Promise((resolve) => void setTimeout(resolve, 10));
      collect();
    }
    expect(device.memory()).toMatchObject({ spilledBytes: 0, spilledBuffers: 0 });
  });

  test('frees what is collected where the loop yields, and what took its place is left alone', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const turn = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 10));
    const before = device.memory().liveBuffers;
    (() => {
      const disposed = Array.from({ length: 300 }, (_, k) => tensor([k]));
      for (let k = 0; k < 300; k++) tensor([k]);
      for (const x of disposed) x.dispose();
    })();
    await turn();
    const kept = Array.from({ length: 300 }, (_, k) => tensor([k]));
    for (let k = 0; k < 500 && device.memory().liveBuffers > before + 300; k++) {
      collect();
      await turn();
    }
    expect(device.memory().liveBuffers).toBe(before + 300);
    kept.push(...Array.from({ length: 300 }, (_, k) => tensor([300 + k])));
    collect();
    await turn();
    expect(kept.map((x) => x.itemSync())).toEqual(Array.from({ length: 600 }, (_, k) => k));
  });

  test('runs in bounded memory without yielding', () => {
    for (let k = 0; k < 3000; k++) block(k).mul(2);
    expect(device.memory().liveBytes).toBeLessThanOrEqual(64 * kilobyte);
  });
});

describe('freeing', () => {
  test('tidy frees all but what is returned', () => {
    const before = device.memory().liveBuffers;
    const { kept } = tidy(() => ({ kept: [ones([3]).add(1).mul(2)] }));
    expect(device.memory().liveBuffers).toBe(before + 1);
    expect(kept[0]?.toArraySync()).toEqual([4, 4, 4]);
  });

  test('an outer tidy frees what an inner one returned', () => {
    const before = device.memory().liveBuffers;
    tidy(() => {
      tidy(() => ones([3]).add(1));
      return 1;
    });
    expect(device.memory().liveBuffers).toBe(before);
  });

  test('tidy around a backward leaves the gradients of leaves', () => {
    const w = ones([3]).requiresGrad_();
    tidy(() => w.mul(2).square().sum().backward());
    expect(w.grad?.toArraySync()).toEqual([8, 8, 8]);
    tidy(() => w.mul(2).square().sum().backward());
    expect(w.grad?.toArraySync()).toEqual([16, 16, 16]);
  });

  test('tidy frees what grad() and hooks were given, and what a function made that throws', () => {
    const w = ones([3]).requiresGrad_();
    const before = device.memory().liveBuffers;
    tidy(() => void autograd.grad(w.mul(2).square().sum(), w));
    expect(device.memory().liveBuffers).toBe(before);
    tidy(() => {
      const hidden = w.mul(2);
      hidden.registerHook((g) => g.mul(3));
      void autograd.grad(hidden.square().sum(), w);
    });
    expect(device.memory().liveBuffers).toBe(before);
    const fail = (): never => {
      w.mul(2).square().sum().backward();
      throw new Error('as asked');
    };
    expect(() => tidy(fail)).toThrow('as asked');
    expect(device.memory().liveBuffers).toBe(before + 1);
    expect(w.grad?.toArraySync()).toEqual([8, 8, 8]);
  });

  test('using frees at the end of the block', () => {
    const before = device.memory().liveBuffers;
    {
      using x = ones([3]);
      expect(x.shape).toEqual([3]);
    }
    expect(device.memory().liveBuffers).toBe(before);
  });

  test('backward frees its temporaries at once', () => {
    const w = ones([10]).requiresGrad_();
    const x = ones([4, 10]);
    const hidden = x.mul(w);
    const shifted = hidden.exp().logSoftmax(1);
    const loss = shifted.sum();
    const before = device.memory().liveBuffers;
    loss.backward();
    // What is new is the gradient of w alone.
    expect(device.memory().liveBuffers).toBe(before + 1);
  });
});

describe('devices', () => {
  test('the first use without a backend says what to do', () => {
    device.dispose();
    expect(() => ones([1])).toThrow('no backend is in use. Call `await useBackend(cpu())`');
  });

  test('a tensor of a disposed one can be disposed, not used', () => {
    const x = ones([3]);
    device.dispose();
    expect(() => x.add(1)).toThrow('the device was lost: it was disposed');
    expect(() => x.dispose()).not.toThrow();
    expect(device.memory()).toMatchObject({ spilledBytes: 0, spilledBuffers: 0 });
  });

  test('are found by name', () => {
    expect(findDevice('reference')).toBe(device);
    expect(defaultDevice()).toBe(device);
    expect(Object.keys(memory())).toContain('reference');
    expect(() => findDevice('warp')).toThrow('no backend "warp" is in use (in use: "reference")');
  });

  test('of one name are told apart: by itself, by default, by age', async () => {
    const second = await openBackend(reference());
    const [x, y] = [ones([1]), ones([1], { device: second })];
    expect((await x.to('reference')).device).toBe(device);
    expect((await y.to('reference')).device).toBe(second);
    expect(findDevice('reference')).toBe(device);
    device.dispose();
    expect(findDevice('reference')).toBe(second);
    second.dispose();
  });

  test('of one backend are one', async () => {
    expect(await useBackend(device.backend)).toBe(device);
    expect(await useBackend(device)).toBe(device);
  });

  describe('that are lost', () => {
    /** A backend of which every call throws once it is lost, and what loses the last one that it made. */
    function frail(): BackendFactory & { lose(reason: string): void; made: number } {
      const factory = {
        name: 'frail',
        made: 0,
        lose: (reason: string): void => expect(reason).toBe('nothing was made'),
        create(): Backend {
          factory.made++;
          const backend = reference().create() as Backend;
          const lost = new Promise<string>((resolve) => (factory.lose = resolve));
          const refuse = (): never => {
            throw new DeviceLostError('every call throws');
          };
          void lost.then(() =>
            Object.assign(made, { allocate: refuse, free: refuse, write: refuse, run: refuse, memory: refuse }),
          );
          const keepUp = (): Promise<void> => lost.then(refuse);
          const made = { ...backend, name: 'frail', lost, keepUp };
          return made;
        },
      };
      return factory;
    }

    const cure = 'Call `await useBackend(…)` again.';

    test('refuse with the reason, whatever is asked', async () => {
      const factory = frail();
      const lost = await useBackend(factory);
      const [x, y, z] = [ones([3]), ones([3]).requiresGrad_(), ones([3])];
      const loss = y.mul(x).sum();
      factory.lose('unplugged');
      expect(await lost.lost).toBe('unplugged');
      const message = `frail: the device was lost: unplugged. ${cure}`;
      for (const use of [() => ones([1]), () => x.add(1), () => x.dataSync(), () => loss.backward(), () => x.add_(1)]) {
        expect(use).toThrow(DeviceLostError);
        expect(use).toThrow(message);
      }
      for (const read of [x.data(), x.to(device), loss.item()]) await expect(read).rejects.toThrow(message);
      await expect(useBackend(lost)).rejects.toThrow(message);
      // What only lets go does not.
      expect(() => x.dispose()).not.toThrow();
      expect(() =>
        tidy(() => {
          z.dispose();
        }),
      ).not.toThrow();
      await lost.relieve();
      expect(lost.memory()).toEqual({ liveBytes: 0, liveBuffers: 0, pooledBytes: 0, pooledBuffers: 0, spilledBytes: 0, spilledBuffers: 0 }); // prettier-ignore
      expect(() => lost.dispose()).not.toThrow();
      expect(() => ones([1], { device: lost })).toThrow(message);
    });

    test('are in use no more', async () => {
      const factory = frail();
      const lost = await openBackend(factory);
      factory.lose('a crash.');
      await lost.lost;
      expect(devices()).toEqual([device]);
      expect(Object.keys(memory())).toEqual(['reference']);
      expect(() => findDevice('frail')).toThrow('no backend "frail" is in use (in use: "reference")');
      expect(() => ones([1], { device: lost })).toThrow('the device was lost: a crash. Call');
    });

    test('collecting their tensors calls nobody', async () => {
      const { collect } = garbageCollector() ?? {};
      const factory = frail();
      const lost = await openBackend(factory);
      for (let k = 0; k < 300; k++) lost.allocate('float32', 2 ** 14);
      factory.lose('unplugged');
      await lost.lost;
      collect?.();
      await new Promise((resolve) => void setTimeout(resolve, 1));
      expect(lost.memory().liveBytes).toBe(0);
    });

    test('are opened again once, for all who ask, and as often as need be', async () => {
      const factory = frail();
      const first = await useBackend(factory);
      const [other] = [await openBackend(frail())];
      factory.lose('unplugged');
      const [second, same] = await Promise.all([reopenBackend(first), reopenBackend(first)]);
      expect(second).toBe(same);
      expect(defaultDevice()).toBe(second);
      expect(second.name).toBe('frail');
      expect(factory.made).toBe(2);
      expect(await reopenBackend(second)).toBe(second);
      await useBackend(other);
      factory.lose('again');
      await second.lost;
      const third = await reopenBackend(first);
      expect(devices()).toContain(third);
      expect(factory.made).toBe(3);
      // It was the default device no more.
      expect(defaultDevice()).toBe(other);
      for (const one of [third, other]) one.dispose();
    });

    test('keep what their description said; one that does not open can be asked for again', async () => {
      const factory = frail();
      const first = await openBackend(factory, 'no faster one');
      const { create } = factory;
      factory.lose('unplugged');
      factory.create = () => {
        throw new Error('no adapter');
      };
      await expect(reopenBackend(first)).rejects.toThrow('no adapter');
      factory.create = create;
      const second = await reopenBackend(first);
      expect(second.description).toBe('no faster one');
      second.dispose();
    });

    test('cannot be opened again where nobody knows how', async () => {
      const factory = frail();
      const lost = await openBackend(await factory.create());
      factory.lose('unplugged');
      await expect(reopenBackend(lost)).rejects.toThrow(
        'reopenBackend: nobody knows how to make another "frail": it was handed in as a backend. Hand in a factory',
      );
    });
  });

  test('a dtype that a backend lacks is named', async () => {
    const whole = reference().create() as Backend;
    const small = await openBackend({
      ...whole,
      name: 'small',
      limits: { ...whole.limits, dtypes: ['float32', 'int32'] },
    });
    expect(() => ones([1], { device: small, dtype: 'float64' })).toThrow('it has no float64. It has float32, int32.');
    small.dispose();
  });

  test('with room for few buffers compute output by output', async () => {
    const whole = reference().create() as Backend;
    const narrow = await openBackend({ ...whole, name: 'narrow', limits: { ...whole.limits, buffers: 2 } });
    const x = tensor(
      [
        [1, 5, 2],
        [7, 0, 3],
      ],
      { device: narrow },
    ).requiresGrad_();
    const { values, indices } = x.max(1);
    values.sum().backward();
    expect(values.toArraySync()).toEqual([5, 7]);
    expect(indices.toArraySync()).toEqual([1, 0]);
    expect(x.grad?.toArraySync()).toEqual([
      [0, 1, 0],
      [1, 0, 0],
    ]);
    narrow.dispose();
  });
});

test('a description is what the backend says now, and the note', async () => {
  let description = '2 threads';
  const backend = reference().create() as Backend;
  const described = await openBackend(
    Object.defineProperty({ ...backend }, 'description', { get: () => description }),
    'since there is nothing faster',
  );
  expect(described.description).toBe('2 threads; since there is nothing faster');
  description = '1 thread';
  expect(described.description).toBe('1 thread; since there is nothing faster');
  described.dispose();
});
