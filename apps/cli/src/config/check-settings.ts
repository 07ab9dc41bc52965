import { ConfigError } from './config-error.ts';
import { fieldNames, fieldOf, type FieldName, type Settings } from './fields.ts';
import type { Given, Origin } from './given.ts';
import { nearest } from './nearest.ts';

/** Checks settings from anywhere. Throws ConfigError, which names the field, what it is and what it may be. */
export function checkSettings(given: unknown, origin: Origin): Given {
  const { source, nameOf } = origin;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new ConfigError(`${source} does not hold settings, but ${show(given)}. Write lines such as \`epochs: 10\`.`);
  }
  const settings: Partial<Record<FieldName, unknown>> = {};
  const origins: Partial<Record<FieldName, Origin>> = {};
  for (const [said, value] of Object.entries(given)) {
    const name = fieldNames.find((known) => known === said);
    if (!name) {
      const near = nearest(said, fieldNames);
      const cure = near ? `Did you mean ${nameOf(near)}?` : `There are ${fieldNames.map(nameOf).join(', ')}.`;
      throw new ConfigError(`${source}: there is no setting ${nameOf(said)}. ${cure}`);
    }
    if (value === undefined || value === null) continue;
    const { schema, list } = fieldOf(name);
    const checked = schema.safeParse(value);
    if (!checked.success) {
      const [issue] = checked.error.issues;
      const [place] = issue?.path ?? [];
      const [at, wrong] =
        Array.isArray(value) && typeof place === 'number' ? [`[${place}]`, value[place]] : ['', value];
      const cure =
        list && !Array.isArray(value) ? `It must be a list: ${nameOf(name)}: [a, b].` : (issue?.message ?? '');
      throw new ConfigError(`${source}: ${nameOf(name)}${at} is ${show(wrong)}. ${cure}`.trimEnd());
    }
    settings[name] = checked.data;
    origins[name] = origin;
  }
  // Each value was checked by the schema of its field.
  return { settings: settings as Settings, origins };
}

const show = (value: unknown): string =>
  typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
