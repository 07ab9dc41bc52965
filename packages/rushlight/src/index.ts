// Everything under PyTorch's names: `import { tensor, nn, optim, data } from 'rushlight'`.

import '@rushlight/core/methods';

export * from '@rushlight/core';
export * as amp from './amp.ts';
export * as func from './func.ts';
export * as nn from './nn.ts';
export * as optim from './optim.ts';
export * as data from '@rushlight/data';
export * as train from '@rushlight/train';
export { loadSafetensors, saveSafetensors } from '@rushlight/io';
export { backendNames, useBackend, type BackendName, type BackendOptions } from './use-backend.ts';
