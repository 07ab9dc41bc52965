// torch.nn.utils.rnn under its names.

export type { Lengths } from './lengths.ts';
export {
  packPaddedSequence, packSequence, padPackedSequence, padSequence, unpackSequence, unpadSequence,
  type BatchFirstOptions, type EnforceSortedOptions, type PadPackedSequenceOptions, type PadSequenceOptions,
} from './pack-sequence.ts'; // prettier-ignore
export { PackedSequence, type PackedSequenceOptions } from './packed-sequence.ts';
