import { appendFile, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { inTurn } from '../checkpoint-store.ts';
import type { Sink } from '../sink.ts';
import { storeError } from './store-error.ts';

/**
 * The end of a file, which is made, with its folder, when something comes. Nothing is kept open. Rejects with StoreError, naming the
 * path, where it cannot be written.
 *
 * @example
 * const log = new JsonlWriter(appendSink('runs/first/log.jsonl'));
 */
export function appendSink(path: string): Sink {
  const queue = inTurn();
  let hasFolder = false;
  return {
    append: (bytes) =>
      queue(async () => {
        try {
          if (!hasFolder) await mkdir(dirname(path), { recursive: true });
          hasFolder = true;
          await appendFile(path, bytes);
        } catch (error) {
          throw storeError('appendSink', path, 'appended to', error);
        }
      }),
  };
}
