// A backend that watches core keep its side of the contract: every launch is looked at before it runs, every buffer
// before it is used. For tests.

import { hostArray } from '../kernel/index.ts';
import type { Backend, BackendFactory, Buffer, TypedArray } from '../kernel/index.ts';
import { launchFaults } from './launch-faults.ts';

/**
 * The backend of `inner`, throwing a TypeError where a launch breaks the contract of backend.ts and launch.ts: operands,
 * dtypes, stride letters, ranges, aliases, scalars, indices, geometry, and buffers that were freed.
 *
 * @example
 * await useBackend(checked(cpu()));
 */
export function checked(inner: BackendFactory): BackendFactory {
  return { name: inner.name, create: async () => watch(await inner.create()) };
}

function watch(backend: Backend): Backend {
  const live = new Set<Buffer>();
  const fail = (what: string): never => {
    throw new TypeError(`checked: ${what}`);
  };
  const mustLive = (verb: string, buffer: Buffer): void => {
    if (!live.has(buffer)) fail(`${verb} of a ${buffer.dtype} buffer of ${buffer.length} elements that is not alive.`);
  };
  const mustHold = (verb: string, buffer: Buffer, offset: number, length: number): void => {
    mustLive(verb, buffer);
    const inside = Number.isInteger(offset) && Number.isInteger(length) && offset >= 0 && length >= 0 && offset + length <= buffer.length; // prettier-ignore
    if (!inside) fail(`${verb} of ${length} elements from ${offset} on in a buffer of ${buffer.length}.`);
  };
  const { readSync } = backend;
  return {
    name: backend.name,
    limits: backend.limits,
    lost: backend.lost,
    allocate(dtype, length) {
      if (!backend.limits.dtypes.includes(dtype)) fail(`allocation of ${dtype}, which ${backend.name} does not have.`);
      if (!Number.isSafeInteger(length) || length < 0) fail(`allocation of ${length} elements.`);
      const buffer = backend.allocate(dtype, length);
      live.add(buffer);
      return buffer;
    },
    free(buffer) {
      mustLive('free', buffer);
      live.delete(buffer);
      backend.free(buffer);
    },
    write(buffer, data: TypedArray) {
      mustHold('write', buffer, 0, data.length);
      if (data.constructor !== hostArray(buffer.dtype, 0).constructor)
        fail(`write of a ${data.constructor.name} into ${buffer.dtype}.`);
      backend.write(buffer, data);
    },
    async read(buffer, offset, length) {
      mustHold('read', buffer, offset, length);
      return backend.read(buffer, offset, length);
    },
    ...(readSync && {
      readSync(buffer: Buffer, offset: number, length: number): TypedArray {
        mustHold('read', buffer, offset, length);
        return readSync.call(backend, buffer, offset, length);
      },
    }),
    run(launch) {
      for (const { buffer } of launch.operands) mustLive('use', buffer);
      const wrong = launchFaults(launch, backend.limits);
      if (backend.supports?.(launch.program) === false) wrong.push(`${backend.name} does not support it`);
      if (wrong.length > 0) fail(`${launch.program.kind}: ${wrong.join('; ')}. Program: ${launch.program.key}`);
      backend.run(launch);
    },
    ...(backend.supports && { supports: (program) => backend.supports?.(program) ?? true }),
    finish: () => backend.finish(),
    relieve: () => backend.relieve(),
    memory: () => backend.memory(),
    dispose() {
      live.clear();
      backend.dispose();
    },
  };
}
