interface Process {
  readonly versions?: { readonly node?: string };
  getBuiltinModule?(name: string): unknown;
}

/** A module of Node, where this is Node. */
export async function nodeModule<T>(name: string): Promise<T | undefined> {
  const { process } = globalThis as { process?: Process };
  if (!process?.versions?.node) return undefined;
  // Before 20.16 there is only the import, of a name that bundlers shall not look up.
  const imported = (): Promise<unknown> =>
    import(/* @vite-ignore */ /* webpackIgnore: true */ name).catch(() => undefined);
  return (process.getBuiltinModule?.(name) ?? (await imported())) as T | undefined;
}
