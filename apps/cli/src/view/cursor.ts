// The cursor is out of the way while a picture is redrawn, and comes back however the process ends.

import type { Output } from './view.ts';

const [hide, show] = ['\u001B[?25l', '\u001B[?25h'];

/** Hides the cursor until what it returns is called, or the process exits or fails: signals are for whoever trains to hear. */
export function hideCursor(output: Output): () => void {
  const restore = (): void => {
    process.off('exit', restore);
    output.write(show);
  };
  output.write(hide);
  process.on('exit', restore);
  return restore;
}
