// The words through which a pool's threads speak. They lie in a SharedArrayBuffer of their own: it never grows, so views of it
// last. What several threads write has 64 bytes to itself.

export const control = {
  /** The job's number << 8 | how many workers have entered it, or `closed` for no more. Sleeping workers wait on it. */
  gate: 0,
  closed: 255,
  /** The next chunk to be done. */
  next: 16,
  /** How many workers have left the job, and whether the main thread sleeps until that changes. */
  left: 32,
  waiting: 33,
  /** The job: its kernel, bytes of the kernel's module if they lie at `code`, and what the kernel runs on. */
  kernel: 48,
  moduleBytes: 49,
  params: 50,
  units: 51,
  chunk: 52,
  chunks: 53,
  threads: 54,
  /** The kernel that a worker lacked without finding its module. */
  lacking: 64,
  /** Whether a kernel failed in a worker, and the message: its length, then its characters. */
  failed: 65,
  message: 66,
  longestMessage: 300,
  /** The state of each thread. */
  states: 384,
  absent: 0,
  awake: 1,
  asleep: 2,
  /** Where a module's bytes lie, in bytes. A larger one is for the main thread alone; pages never written take no memory. */
  code: 4096,
  mostModuleBytes: (1 << 20) - 4096,
  /**
   * For how many milliseconds a thread looks before it sleeps: a worker for the next job, the main one for the end of this one. On a
   * virtual machine, waking takes some 20 µs of the one who wakes, and about 50 until the other runs: longer than most pauses in training.
   */
  spin: 0.2,
  /** The same for a worker whose last wait was longer than that: where jobs are rare, others may want the core. */
  glance: 0.02,
} as const;

/** Threads of one pool, the main one included. */
export const mostThreads = 32;
