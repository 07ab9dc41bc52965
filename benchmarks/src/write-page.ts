import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { renderPage } from './report/page.ts';
import { loadResults } from './report/results.ts';

const folder = join(import.meta.dirname, '..');

export const resultsFolder = join(folder, 'results');

/** Makes the page of plots from all results, and answers where it is. */
export function writePage(): string {
  const path = join(folder, 'dist', 'index.html');
  mkdirSync(join(folder, 'dist'), { recursive: true });
  writeFileSync(path, renderPage(loadResults(resultsFolder)));
  return relative(process.cwd(), path);
}
