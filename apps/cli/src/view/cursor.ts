// The cursor is out of the way while a picture is redrawn, and comes back however the process ends.

import type { Output } from './view.ts';

const [hide, show] = ['\u001B[?25l', '\u001B[?25h'];
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Hides the cursor until what it returns is called, or the process exits, fails or is ended by a signal. */
export function hideCursor(output: Output): () => void {
  let isHidden = true;
  const restore = (): void => {
    if (!isHidden) return;
    isHidden = false;
    output.write(show);
    process.off('exit', restore);
    for (const signal of signals) process.off(signal, endBySignal);
  };
  // Whoever else listens decides what the signal means. If nobody does it ends the process, as if nobody had listened here.
  const endBySignal = (signal: NodeJS.Signals): void => {
    if (process.listenerCount(signal) > 1) return;
    restore();
    process.kill(process.pid, signal);
  };
  output.write(hide);
  process.on('exit', restore);
  for (const signal of signals) process.on(signal, endBySignal);
  return restore;
}
