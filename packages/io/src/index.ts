// @rushlight/io: files of tensors.

export { FormatError } from './format-error.ts';
export { loadSafetensors, type LoadSafetensorsOptions, type Safetensors } from './load-safetensors.ts';
export {
  readSafetensorsHeader,
  safetensorsHeaderBytes,
  type ReadSafetensorsOptions,
  type SafetensorsHeader,
  type StoredTensor,
} from './safetensors-header.ts';
export { saveSafetensors, type SaveSafetensorsOptions } from './save-safetensors.ts';
export type { StoredDType } from './stored-dtype.ts';
