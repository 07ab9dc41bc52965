// `npm run release`: builds and checks what is published, publishes what the registry does not have yet, and tags it.
// With --dry-run it says what would be published and in which archives, and sends nothing: it needs no network and no account.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolders, prepare, root, run, say } from './workspace.mjs';

const dry = process.argv.includes('--dry-run');

const published = packageFolders
  .map((folder) => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')))
  .filter((manifest) => !manifest.private);

process.exitCode = prepare() && (dry ? rehearse() : release()) ? 0 : 1;

function release() {
  return run('turbo', ['run', 'build', 'check:package']) && run('changeset', ['publish']);
}

function rehearse() {
  if (!run('turbo', ['run', 'build', 'check:package', '--output-logs=errors-only'])) return false;
  say('changesets that wait for the next version:');
  // Exits with an error where a package changed without one, which is for a pull request to say.
  run('changeset', ['status', '--verbose']);
  for (const { name, version } of published) {
    say(`${name} ${version}`);
    // Alone, since a recursive one asks the registry first what it has.
    const publish = ['--filter', name, 'exec', 'pnpm', 'publish', '--dry-run', '--no-git-checks', '--ignore-scripts'];
    if (!run('pnpm', publish, { env: { npm_config_fetch_retries: '0' } })) return false;
  }
  say(`${published.length} packages would be published`);
  return true;
}
