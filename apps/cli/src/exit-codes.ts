/** What the process ends with. */
export const exitCodes = {
  done: 0,
  /** It failed: a file, a disk, a device. The message says why. */
  failed: 1,
  /** It was called wrongly: flags, configuration, a model's file. */
  usage: 2,
  /** The loss became NaN or infinite. */
  diverged: 3,
} as const;

/** A run that a signal ended, what was done being saved: as shells have it, 128 + the signal's number. */
export const signalCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

export type StopSignal = keyof typeof signalCodes;
export const stopSignals = Object.keys(signalCodes) as StopSignal[];
