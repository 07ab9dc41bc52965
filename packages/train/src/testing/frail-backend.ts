// A backend that is lost when a test wants it, as a GPU is: it is read asynchronously, does nothing from some moment on, and says so
// only a turn of the event loop later, from where on every call throws.

import { DeviceLostError, type Backend, type BackendFactory } from '@rushlight/core/kernel';
import { reference } from '@rushlight/core/testing';

/** What a backend is asked. */
export type Call = 'allocate' | 'write' | 'run' | 'read';

/** Backends that are lost, one after the other. */
export class Frail {
  /** How many were opened. */
  opened = 0;
  /** How often the last one was asked what. */
  readonly calls = { allocate: 0, write: 0, run: 0, read: 0 } satisfies Record<Call, number>;
  /** Whether a call, the `count`th of its kind, is the last that the `life`th backend lives to see, both from 1 on. */
  loses: (call: Call, count: number, life: number) => boolean = () => false;
  /** Called before one is opened. */
  opens: (life: number) => void = () => {};
  /** Ends the one that was opened last. */
  lose: () => void = () => {};

  readonly factory: BackendFactory = {
    name: 'frail',
    create: async () => {
      this.opens(++this.opened);
      return this.#make((await reference().create()) as Backend, this.opened);
    },
  };

  #make(inner: Backend, life: number): Backend {
    for (const call of Object.keys(this.calls) as Call[]) this.calls[call] = 0;
    const reason = `end of life ${life}`;
    let isDead = false;
    let isTold = false;
    let tell: (reason: string) => void = () => {};
    const lost = new Promise<string>((resolve) => (tell = resolve));
    const lose = (): void => {
      if (isDead) return;
      isDead = true;
      setImmediate(() => {
        isTold = true;
        tell(reason);
      });
    };
    this.lose = lose;
    const asked = (call: Call): void => {
      if (this.loses(call, ++this.calls[call], life)) lose();
      mustLive();
    };
    const mustLive = (): void => {
      if (isTold) throw new DeviceLostError(`frail: the device was lost: ${reason}`);
    };
    const whileAlive = async <T>(then: () => Promise<T>): Promise<T> => {
      if (isDead) await lost;
      mustLive();
      return then();
    };
    return {
      name: 'frail',
      limits: { dtypes: ['float32', 'int32', 'uint8', 'bool'], budget: 2 ** 28, buffers: 8 },
      lost,
      allocate(dtype, length) {
        asked('allocate');
        return inner.allocate(dtype, length);
      },
      free(buffer) {
        mustLive();
        inner.free(buffer);
      },
      write(buffer, data) {
        asked('write');
        if (!isDead) inner.write(buffer, data);
      },
      async read(buffer, offset, length) {
        asked('read');
        const data = await whileAlive(() => inner.read(buffer, offset, length));
        return whileAlive(async () => data);
      },
      run(launch) {
        asked('run');
        if (!isDead) inner.run(launch);
      },
      finish: () => whileAlive(() => inner.finish()),
      relieve: () => whileAlive(() => inner.relieve()),
      memory() {
        mustLive();
        return inner.memory();
      },
      dispose: () => inner.dispose(),
    };
  }
}
