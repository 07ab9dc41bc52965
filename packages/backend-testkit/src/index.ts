// @rushlight/backend-testkit: the conformance suite that every backend runs from its own tests.

export { testBackend, type BackendTest, type Skip } from './test-backend.ts';
export { standardTolerances, type Tolerance, type Tolerances } from './tolerance.ts';
