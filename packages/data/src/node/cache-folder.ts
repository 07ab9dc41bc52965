import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The folder for downloads of this name: in that of the environment variable RUSHLIGHT_CACHE, else `rushlight` in the cache
 * folder of the system ($XDG_CACHE_HOME or ~/.cache, ~/Library/Caches, %LOCALAPPDATA%).
 */
export function cacheFolder(name: string): string {
  const { RUSHLIGHT_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (RUSHLIGHT_CACHE) return join(RUSHLIGHT_CACHE, name);
  if (XDG_CACHE_HOME) return join(XDG_CACHE_HOME, 'rushlight', name);
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'rushlight', name);
  if (process.platform === 'win32' && LOCALAPPDATA) return join(LOCALAPPDATA, 'rushlight', name);
  return join(homedir(), '.cache', 'rushlight', name);
}
