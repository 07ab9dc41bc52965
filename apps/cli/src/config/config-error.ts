/** A setting that makes no sense: the run was called wrongly. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
