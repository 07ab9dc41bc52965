import type { FieldName, Settings } from './fields.ts';
import { flagOf } from './fields.ts';

/** Where a setting was said, and how it is called there. */
export interface Origin {
  /** As messages begin: `the command line`, `run.yaml`. */
  readonly source: string;
  readonly nameOf: (name: string) => string;
}

export const commandLine: Origin = { source: 'the command line', nameOf: flagOf };

/** What a user said. */
export interface Given {
  readonly settings: Settings;
  readonly origins: Readonly<Partial<Record<FieldName, Origin>>>;
}

/** Both, the second first. */
export const withFlags = (file: Given, flags: Given): Given => ({
  settings: { ...file.settings, ...flags.settings },
  origins: { ...file.origins, ...flags.origins },
});
