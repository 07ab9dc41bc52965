import { ConfigError } from './config-error.ts';
import { fields, type FieldName, type Settings } from './fields.ts';

/**
 * Checks settings from anywhere; `nameOf` is how the source calls a field. Throws ConfigError, which names the field, what it is and
 * what it may be.
 */
export function checkSettings(given: unknown, source: string, nameOf = (name: string): string => name): Settings {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new ConfigError(`${source} does not hold settings, but ${show(given)}. Write lines such as \`epochs: 10\`.`);
  }
  const settings: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(fields, name)) {
      const near = nearest(name, Object.keys(fields));
      const cure = near ? `Did you mean ${nameOf(near)}?` : `There are ${Object.keys(fields).map(nameOf).join(', ')}.`;
      throw new ConfigError(`${source}: there is no setting ${nameOf(name)}. ${cure}`);
    }
    if (value === undefined || value === null) continue;
    const checked = fields[name as FieldName].schema.safeParse(value);
    if (!checked.success) {
      const [issue] = checked.error.issues;
      const at = issue && issue.path.length > 0 ? `[${issue.path.join('.')}]` : '';
      throw new ConfigError(`${source}: ${nameOf(name)}${at} is ${show(value)}. ${issue?.message ?? ''}`.trimEnd());
    }
    settings[name] = checked.data;
  }
  return settings as Settings;
}

const show = (value: unknown): string =>
  typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));

/** The name that differs in the fewest letters, if those are few. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const distances = known.map((other) => ({ other, distance: distance(name.toLowerCase(), other.toLowerCase()) }));
  const [best] = distances.toSorted((a, b) => a.distance - b.distance);
  return best && best.distance <= Math.max(1, Math.floor(name.length / 3)) ? best.other : undefined;
}

/** Letters to insert, drop or change. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const [above, left, corner] = [row[j] ?? 0, next[j - 1] ?? 0, row[j - 1] ?? 0];
      next.push(Math.min(above + 1, left + 1, corner + Number(a[i - 1] !== b[j - 1])));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
