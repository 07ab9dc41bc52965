/** A worker whose program is a file beside the built one; Vite and webpack know this form and put the file where it is found. */
export const fileWorker = (): Worker => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
