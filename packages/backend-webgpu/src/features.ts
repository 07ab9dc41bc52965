/** What an adapter can do beyond what every one can, as far as kernels care. */
export interface Features {
  /** Halves can be stored and loaded (`shader-f16`). */
  readonly f16: boolean;
  /** So many neighbouring threads of a workgroup can exchange values by themselves: a power of two, 1 where none can. */
  readonly subgroupLanes: number;
  /** The adapter is a program on the CPU: barriers are slow there, and memory is near. */
  readonly software: boolean;
  /** Threads in a workgroup, at most. */
  readonly workgroupThreads: number;
  /** Bytes that a workgroup can share. */
  readonly workgroupBytes: number;
  /** Storage buffers of one dispatch. */
  readonly storageBuffers: number;
  /** Bytes of the largest storage buffer. */
  readonly bindingBytes: number;
}
