// @rushlight/core/testing: backends for tests, and the table that conformance walks.

export { checked } from './checked.ts';
export { launchFaults } from './launch-faults.ts';
export { nullBackend, type NullBackend } from './null-backend.ts';
export { opTable, type TableOp } from './op-table.ts';
export { reference } from './reference.ts';
export type { Arg, Domain, OptionValue } from '../ops/elementwise-op.ts';
