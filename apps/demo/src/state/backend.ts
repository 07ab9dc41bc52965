// Which backend the visitor wants to train on, in the address as all else.

import { computed } from '@preact/signals';
import { route, setParams } from './url.ts';

export const backendNames = ['auto', 'webgpu', 'wasm', 'cpu'] as const;
export type BackendName = (typeof backendNames)[number];

export const backend = computed((): BackendName => {
  const asked = route.value.params.get('backend');
  return backendNames.find((name) => name === asked) ?? 'auto';
});

export const setBackend = (name: BackendName): void => setParams({ backend: name === 'auto' ? undefined : name });
