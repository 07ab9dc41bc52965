// TEST_BUILT=1: a suite beside its source imports that source. Where the package exports all that the suite imports,
// the imports lead to dist instead; a suite of what the package keeps to itself is left out.

import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const relativeImport = /^import (?!type )([^;]+?) from '(\.[^']+)';(?: \/\/.*)?$/gm;

const listed = (list: string): string[] => list.split(',').map((name) => name.trim());

/** What a package exports: for each entry its source, its built file and the names in it. */
function readEntries(folder: string) {
  const { exports = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    exports?: Record<string, string | { '@rushlight/source': string; node: string }>;
  };
  // What is only a path is a private package's, which is never built.
  const entries = Object.values(exports).filter((entry) => typeof entry !== 'string');
  return entries.map((entry) => {
    const built = join(folder, entry.node);
    const code = existsSync(built) ? readFileSync(built, 'utf8') : '';
    const names = [...code.matchAll(/^export {([^}]*)}/gm)].flatMap(([, list = '']) => listed(list));
    return {
      source: join(folder, entry['@rushlight/source']),
      built,
      names: new Set(names.map((name) => name.replace(/^.* as /s, ''))),
    };
  });
}

/** The suites of a package that can run on dist, each with its text after the change. */
export function builtSuites(folder: string): Map<string, string> {
  const entries = readEntries(folder);
  const suites = new Map<string, string>();
  for (const file of globSync(join(folder, 'src/**/*.test.ts'))) {
    let complete = true;
    const text = readFileSync(file, 'utf8').replace(relativeImport, (statement, clause: string, path: string) => {
      if (entries.length === 0) return statement; // a private package: its own files are part of its suites
      const source = resolve(dirname(file), path);
      const wanted = listed(clause.replace(/[{}]/g, ''))
        .filter((name) => name !== '' && !name.startsWith('type '))
        .map((name) => name.replace(/ as .*$/s, ''));
      const entry =
        entries.find((one) => one.source === source) ??
        entries.find(({ names }) => wanted.every((name) => names.has(name)));
      if (!entry) complete = false;
      return entry ? `import ${clause} from ${JSON.stringify(entry.built)};` : statement;
    });
    if (complete) suites.set(file, text);
  }
  return suites;
}
