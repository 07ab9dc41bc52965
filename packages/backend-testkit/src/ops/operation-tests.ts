// All operations of core, by family.

import type { Entry } from '../harness.ts';
import { caseTests } from './case-tests.ts';
import { dataErrorTests } from './data-errors.ts';
import { elementwiseCases } from './elementwise.ts';
import { lookupCases } from './lookups.ts';
import { madeCases } from './made.ts';
import { movementCases } from './movement.ts';
import type { OpCase } from './op-case.ts';
import { orderedCases } from './ordered.ts';
import { productCases } from './products.ts';
import { reductionCases } from './reductions.ts';
import { specialValueTests } from './special-values.ts';

export const cases: readonly OpCase[] = [
  ...elementwiseCases,
  ...reductionCases,
  ...movementCases,
  ...productCases,
  ...lookupCases,
  ...orderedCases,
  ...madeCases,
];

export const operationTests: readonly Entry[] = [...caseTests(cases), ...specialValueTests, ...dataErrorTests];
