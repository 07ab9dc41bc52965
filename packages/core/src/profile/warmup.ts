import { devices } from '../device.ts';
import { explained } from '../dispatch.ts';

/**
 * Runs `fn`, which may be async, and resolves with what it returns when every device has done what it was given: what comes after need not
 * wait for a compiler. On WebGPU all kernels of `fn` compile at once, several at a time, and a page is not blocked meanwhile. `fn` is run
 * for real: hand it sample data, and for a training step a model that is made, or loaded, afterwards. Rejects with what `fn` throws, or a
 * device afterwards.
 *
 * @example
 * await warmup(() => noGrad(() => model(zeros([1, 1, 28, 28])))); // before the first request
 */
export async function warmup<T>(fn: () => T): Promise<Awaited<T>> {
  const result = await fn();
  await Promise.all(devices().map(({ backend }) => backend.finish())).catch(explained);
  return result;
}
