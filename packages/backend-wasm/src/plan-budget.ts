// How much memory buffers may take where nobody says: a quarter of the machine's, and what one WebAssembly memory can hold.

import { nodeModule } from './threads/node-module.ts';

/** The most that a memory with addresses of 32 bits holds. */
const mostBytes = 2 ** 32;
/** What kernels need beside buffers. */
const beside = 2 ** 27;
const usual = 2 ** 30;
const most = 3 * 2 ** 30;

interface System {
  totalmem(): number;
}

/** The budget in bytes: `wanted`, as far as there is room beside it, or a quarter of the machine's memory, 3 GiB at most. Throws RangeError. */
export async function planBudget(wanted?: number): Promise<number> {
  if (wanted !== undefined) {
    if (Number.isFinite(wanted) && wanted >= 0 && wanted <= mostBytes) return Math.min(wanted, mostBytes - beside);
    throw new RangeError(`wasm: budget is ${wanted}. Give a number of bytes, ${mostBytes} (4 GiB) at most.`);
  }
  const os = await nodeModule<System>('node:os');
  const { deviceMemory } = (globalThis.navigator ?? {}) as { readonly deviceMemory?: number };
  const { process } = globalThis as { process?: { constrainedMemory?(): number } };
  // Of a container; 0 where there is no such limit.
  const allowed = process?.constrainedMemory?.() || Infinity;
  const machine = os ? Math.min(os.totalmem(), allowed) : deviceMemory ? deviceMemory * 2 ** 30 : undefined;
  return machine === undefined ? usual : Math.min(most, Math.floor(machine / 4));
}

/** What the memory may grow to for a budget: buffers lie in blocks up to a quarter larger, and kernels need some beside. */
export const limitFor = (budget: number): number => Math.min(mostBytes, Math.ceil(budget * 1.25) + beside);
