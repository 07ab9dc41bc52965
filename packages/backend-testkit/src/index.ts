// @rushlight/backend-testkit: the conformance suite that every backend runs from its own tests.

export type { BackendTest, Skip } from './backend-test.ts';
export { testBackend } from './test-backend.ts';
export { standardTolerances, type Tolerance, type Tolerances } from './tolerance.ts';
