export { webgpu, whyNoAdapter, type WebGpuOptions } from './factory.ts';
export { NoAdapterError } from './no-adapter-error.ts';
