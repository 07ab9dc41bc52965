// Which backends a machine must have: a run there fails where it would otherwise leave one out.

declare const process: { readonly env: Readonly<Record<string, string | undefined>> } | undefined;

/** The names in the environment variable REQUIRE_BACKENDS, separated by commas. */
export function requiredBackends(): ReadonlySet<string> {
  const list = typeof process === 'undefined' ? '' : (process.env.REQUIRE_BACKENDS ?? '');
  return new Set(list.split(',').map((name) => name.trim()).filter(Boolean)); // prettier-ignore
}
