// Puts the service worker beside what was built, with the list of what to keep. Vite's own list is what it has written.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

/** The file that the site registers. */
const workerFile = 'offline.js';

export function offline(): Plugin {
  return {
    name: 'offline',
    apply: 'build',
    enforce: 'post',
    generateBundle(_, bundle) {
      const files = Object.values(bundle).map((file) => ({
        path: `./${file.fileName}`,
        content: file.type === 'chunk' ? file.code : file.source,
      }));
      const hash = createHash('sha256');
      for (const { path, content } of files) hash.update(path).update(content);
      const script = readFileSync(fileURLToPath(new URL('service-worker.js', import.meta.url)), 'utf8');
      const paths = ['./', './icon.svg', ...files.map(({ path }) => path).filter((path) => !path.endsWith('.map'))];
      this.emitFile({
        type: 'asset',
        fileName: workerFile,
        source: script
          .replace('VERSION', JSON.stringify(hash.digest('hex').slice(0, 12)))
          .replace('PATHS', JSON.stringify(paths.sort())),
      });
    },
  };
}
