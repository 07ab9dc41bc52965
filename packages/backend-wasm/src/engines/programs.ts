// For tests: what engines are given to run, as text for bundlers.

/** Tells what a variant makes of the suite: the variant is the argument in Node, and the page's or worker's hash. */
export const program = `
import { runTests } from '@rushlight/backend-testkit/run';
import { runVariant } from './run-variant.ts';
const { process } = globalThis;
const variant = JSON.parse(process ? process.argv[2] : decodeURIComponent(location.hash.slice(1)));
const alive = process && setInterval(() => {}, 1000); // threads that start keep no process alive
const report = await runVariant(variant, (create) => runTests({ name: 'wasm', create, brief: variant.brief, oneIn: variant.oneIn }));
if (process) console.log(JSON.stringify(report));
else if (globalThis.document) globalThis.done(report);
else postMessage(report);
clearInterval(alive);
`;

/** Runs the program in a worker, and tells the page. */
export const starter = `
const worker = new Worker('/esbuild/main.js' + location.hash, { type: 'module' });
worker.onmessage = ({ data }) => globalThis.done(data);
worker.onerror = ({ message }) => setTimeout(() => { throw new Error(message); });
`;
