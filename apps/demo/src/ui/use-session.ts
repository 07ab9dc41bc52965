import { useEffect, useMemo } from 'preact/hooks';
import type { JobName } from '../training/job.ts';
import { Session } from '../training/session.ts';

/** A run for as long as the page is shown; made anew whenever its settings change, which are plain data. */
export function useSession<Config, View>(job: JobName, config: Config): Session<Config, View> {
  const session = useMemo(() => new Session<Config, View>(job), [job]);
  useEffect(() => () => session.end(), [session]);
  const key = JSON.stringify(config);
  useEffect(() => session.make(config), [session, key]);
  return session;
}
