// A device that is lost takes along whatever was on it. What a run does about that begins with finding out whether it was so.

import {
  devices,
  DeviceLostError,
  isRushlightError,
  reopenBackend,
  useBackend,
  type BackendSource,
  type Device,
} from '@rushlight/core';

/**
 * What becomes of a run whose device is lost: a GPU's process crashed, its driver was reset, a laptop switched cards.
 *
 * - `'resume'`: it goes on by itself from where it was last kept, on the same backend opened once more.
 * - `'throw'`: it ends with a DeviceLostError.
 * - A function is told why, and gives the backend to go on on, which becomes the default one.
 */
export type OnDeviceLost =
  | 'resume'
  | 'throw'
  | ((reason: string, device: Device) => Promise<Device | BackendSource> | Device | BackendSource);

/** How often a run goes on without having come to a checkpoint or the end of an epoch in between. */
export const mostLosses = 3;

/** An error may be there before its device says why, in milliseconds. */
const patience = 250;
/** From one attempt to open a backend to the next, in milliseconds: what crashed may have to start again. */
const pauses: readonly number[] = [250, 1000];

/** Whether an error, or what it came of, says that a device is lost. */
export function isDeviceLoss(error: unknown): boolean {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 8; cause = cause.cause, depth++) {
    if (cause.name === 'DeviceLostError') return true;
  }
  return false;
}

/** Why a device was lost; undefined if it was not, or was disposed. `error` is what made somebody ask. */
export async function lossOf(device: Device, error: unknown): Promise<string | undefined> {
  // One that is in use no more has said what it has to say.
  const wait = isDeviceLoss(error) && devices().includes(device) ? patience : 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const nothing = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, wait, undefined);
  });
  try {
    return await Promise.race([device.lost, nothing]);
  } finally {
    clearTimeout(timer);
  }
}

/** The error of a run that does not go on: `why`, after what happened. */
export const lostForGood = (device: Device, reason: string, why: string, cause?: unknown): DeviceLostError =>
  new DeviceLostError(`Trainer: the device "${device.name}" was lost: ${reason.replace(/\.?$/, '.')} ${why}`, {
    cause,
  });

/** Opens what a run goes on on. Rejects with DeviceLostError where nothing opens, the cause being what was thrown at last. */
export async function deviceAfter(device: Device, reason: string, policy: OnDeviceLost): Promise<Device> {
  const open = async (): Promise<Device> =>
    typeof policy === 'function' ? useBackend(await policy(reason, device)) : reopenBackend(device);
  for (let attempt = 0; ; attempt++) {
    try {
      return await open();
    } catch (cause) {
      const pause = typeof policy === 'function' || isRushlightError(cause) ? undefined : pauses[attempt];
      if (pause === undefined) {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw lostForGood(device, reason, `It cannot be opened again: ${why}`, cause);
      }
      await new Promise((resolve) => void setTimeout(resolve, pause));
    }
  }
}
