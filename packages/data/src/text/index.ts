export {
  BPETokenizer,
  type BPEVocabulary,
  type DecodeBPEOptions,
  type TokenizerJSON,
  type TrainBPEOptions,
} from './bpe-tokenizer.ts';
export { CharTokenizer, type CharVocabulary, type FitCharactersOptions } from './char-tokenizer.ts';
export { SequenceDataset, type SequenceDatasetOptions } from './sequence-dataset.ts';
