export * from './kernel/backend.ts';
