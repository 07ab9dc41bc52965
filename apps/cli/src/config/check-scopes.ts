import { dataSetOf, modelOf } from './choices.ts';
import { ConfigError } from './config-error.ts';
import { fieldNames, fieldOf, orOf, type Scope, type Settings } from './fields.ts';
import { commandLine, type Given } from './given.ts';

/** What a run has chosen, be it said or by default. */
export type Choices = Settings & Required<Pick<Settings, Scope['setting']>>;

/**
 * Refuses what a user said, but what would change nothing: throws ConfigError for a setting that makes no sense with what the run has
 * chosen, which names it, the choice, and those that it makes sense with.
 */
export function checkScopes({ settings, origins }: Given, chosen: Choices): void {
  for (const name of fieldNames) {
    const value = settings[name];
    if (value === undefined) continue;
    const { appliesWith, valuesApplyWith } = fieldOf(name);
    const own = typeof value === 'string' && valuesApplyWith && Object.hasOwn(valuesApplyWith, value) ? valuesApplyWith[value] : undefined; // prettier-ignore
    for (const scope of [appliesWith, own]) {
      if (!scope || scope.is.includes(choiceOf(scope.setting, chosen))) continue;
      const { source, nameOf } = origins[name] ?? commandLine;
      const what = scope === own ? `${nameOf(name)} ${value}` : nameOf(name);
      const chooser = (origins[scope.setting] ?? { nameOf }).nameOf(scope.setting);
      const choice = settings[scope.setting] ?? chosen[scope.setting];
      const why = scope.why === undefined ? '' : ` (${scope.why})`;
      const cure = scope === own ? 'Choose another' : 'Leave it out';
      throw new ConfigError(`${source}: ${what} applies with ${chooser} ${orOf(scope.is)}${why}, but ${chooser} is ${choice}. ${cure}, or change ${chooser}.`); // prettier-ignore
    }
  }
}

/** In the words of fields.ts. */
function choiceOf(setting: Scope['setting'], chosen: Choices): string {
  if (setting === 'dataset') return dataSetOf(chosen.dataset);
  return setting === 'model' ? modelOf(chosen.model) : chosen[setting];
}
