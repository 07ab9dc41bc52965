// For tests: what engines are given to run, as text for bundlers.

/** How much of the suite is run. */
export interface Choice {
  /** As the testkit's options. */
  readonly brief: boolean;
  readonly oneIn: number;
}

/** What the suite comes to. */
export interface Report {
  readonly description: string;
  readonly passed: number;
  /** Each with what was thrown. */
  readonly failed: readonly string[];
  /** Each with why it was left out. */
  readonly skipped: readonly string[];
}

/** Tells what an engine makes of the suite: the choice is the argument in Node, and the page's or worker's hash. */
export const program = `
import { runTests } from '@rushlight/backend-testkit/run';
import { webgpu } from '../index.ts';
const { process } = globalThis;
const { brief, oneIn } = JSON.parse(process ? process.argv[2] : decodeURIComponent(location.hash.slice(1)));
const factory = webgpu({ budget: 2 ** 28 });
const report = { description: '', passed: 0, failed: [], skipped: [] };
const create = async () => {
  const backend = await factory.create();
  report.description ||= backend.description;
  return backend;
};
for await (const { name, error, skipped } of runTests({ name: 'webgpu', create, brief, oneIn })) {
  if (error !== undefined) report.failed.push(name + ': ' + error + (error.cause ? ', which threw ' + error.cause : ''));
  else if (skipped !== undefined) report.skipped.push(name + ': ' + skipped);
  else report.passed++;
}
if (process) console.log(JSON.stringify(report));
else if (globalThis.document) globalThis.done(report);
else postMessage(report);
`;

/** Runs the program in a worker, and tells the page. */
export const starter = `
const worker = new Worker('/main.js' + location.hash, { type: 'module' });
worker.onmessage = ({ data }) => globalThis.done(data);
worker.onerror = ({ message }) => setTimeout(() => { throw new Error(message); });
`;
