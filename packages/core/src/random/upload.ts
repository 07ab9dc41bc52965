import type { Storage } from '../device.ts';
import { effect } from '../dispatch.ts';
import type { TypedArray } from '../kernel/index.ts';

/** Fills a storage with drawn numbers: now, and with new ones each time that a recording replays. */
export function upload(storage: Storage, draw: (length: number) => TypedArray): void {
  effect(() => {
    const data = draw(storage.length);
    if (data.length > 0) storage.device.backend.write(storage.device.resolve(storage), data);
  });
}
