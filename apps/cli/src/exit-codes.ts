/** What the process ends with. */
export const exitCodes = {
  done: 0,
  /** It failed: a file, a disk, a device. The message says why. */
  failed: 1,
  /** It was called wrongly: flags, configuration, a model's file. */
  usage: 2,
  /** The loss became NaN or infinite. */
  diverged: 3,
  /** Ctrl-C: what was done is saved. As shells have it, 128 + SIGINT. */
  interrupted: 130,
} as const;
