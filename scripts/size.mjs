// `pnpm size`: per package, the lines of its sources (without tests) and the gzipped bytes of its JavaScript as Node gets it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packageFolders, root } from './workspace.mjs';

const files = (folder, keep) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true })
        .filter(keep)
        .map((name) => readFileSync(join(folder, name), 'utf8'))
    : [];

const rows = packageFolders.map((folder) => {
  const sources = files(join(root, folder, 'src'), (name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  const { exports = {} } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const entry = exports['.']?.node;
  const built = entry ? files(join(root, folder, dirname(entry)), (name) => name.endsWith('.js')) : [];
  return {
    package: basename(folder),
    files: sources.length,
    lines: sources.reduce((sum, text) => sum + text.split('\n').length - 1, 0),
    gzip: built.reduce((sum, text) => sum + gzipSync(text).length, 0),
  };
});
const total = (key) => rows.reduce((sum, row) => sum + row[key], 0);
rows.push({ package: 'total', files: total('files'), lines: total('lines'), gzip: total('gzip') });

const number = (value) => value.toLocaleString('en').padStart(9);
console.log(`${'package'.padEnd(16)}    files    lines  gzip (B)`);
for (const row of rows) {
  console.log(row.package.padEnd(16) + number(row.files) + number(row.lines) + number(row.gzip).padStart(10));
}
