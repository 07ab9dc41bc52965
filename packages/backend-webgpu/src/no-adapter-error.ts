/** There is no GPU to be had; the message says why, and what to do on this platform. */
export class NoAdapterError extends Error {
  override readonly name = 'NoAdapterError';
}
