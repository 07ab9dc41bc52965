// The kernel language and the backend contract: what a backend needs to know, and all of it.

export * from './dtype.ts';
export * from './float16.ts';
export * from './expr.ts';
export { lower, postorder, rewrite, serialise } from './rewrite.ts';
export { differentiate } from './differentiate.ts';
export * from './view.ts';
export * from './program.ts';
export * from './launch.ts';
export { denseCopy } from './dense-copy.ts';
export * from './conv-products.ts';
export * from './evaluate.ts';
export { erf as erfNumber } from './erf.ts';
export * from './backend.ts';
