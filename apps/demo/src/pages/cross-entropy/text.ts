// A setting that is a text, as a visitor types it.

import type { Field } from '../../state/url.ts';

export const text = (fallback: string, most = 200): Field<string> => ({
  fallback,
  read: (value) => value.slice(0, most),
  write: (value) => value.slice(0, most),
});
