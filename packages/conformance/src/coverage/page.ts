// The page about it, docs/coverage.md.

import { count, shareOf, type Home, type State } from './coverage.ts';

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const code = (name: string): string => `\`${name}\``;

export function coveragePage(version: string, homes: readonly Home[]): string {
  const rows = homes.map((home) => {
    const counts = (['done', 'spelt', 'missing', 'out'] as const).map((kind) => count(home, kind));
    return `| ${code(home.name)} | ${counts.join(' | ')} | ${percent(shareOf(home))} |`;
  });
  return `# What of PyTorch is here

Every public name of PyTorch ${version} (and what 2.x added to these parts) against Rushlight's. Names are spelt in camelCase;
those under "another name" go by one that the rule does not give. The share is of names in scope. Written by
\`npx vitest run packages/conformance/src/coverage -u\`, and checked by the tests.

|  | the same | another name | missing | out of scope | share |
| --- | --- | --- | --- | --- | --- |
${rows.join('\n')}

${homes.map(section).join('\n\n')}
`;
}

function section(home: Home): string {
  const of = <K extends State['kind']>(kind: K): { name: string; state: Extract<State, { kind: K }> }[] =>
    home.names.filter(
      (entry): entry is { name: string; state: Extract<State, { kind: K }> } => entry.state.kind === kind,
    );
  const parts = [`## ${home.name}`];
  const done = of('done');
  if (done.length > 0) parts.push(`The same: ${done.map(({ name }) => code(name)).join(', ')}.`);
  const spelt = of('spelt');
  if (spelt.length > 0)
    parts.push(`Another name: ${spelt.map(({ name, state }) => `${code(name)} → ${code(state.ours)}`).join(', ')}.`);
  const missing = of('missing');
  if (missing.length > 0) parts.push(`**Missing**: ${missing.map(({ name }) => code(name)).join(', ')}.`);
  const out = of('out');
  for (const reason of new Set(out.map(({ state }) => state.reason))) {
    const names = out.filter(({ state }) => state.reason === reason).map(({ name }) => code(name));
    parts.push(`Out of scope, ${reason}: ${names.join(', ')}.`);
  }
  return parts.join('\n\n');
}
