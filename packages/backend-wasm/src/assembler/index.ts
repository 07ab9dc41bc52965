// A typed assembler for WebAssembly: values compose instructions, functions hold statements, modules become bytes.

export * from './value.ts';
export * from './instructions.ts';
export { FunctionBuilder, call, callCode, type Block, type Callable, type Local } from './function-builder.ts';
export { ModuleBuilder } from './module-builder.ts';
