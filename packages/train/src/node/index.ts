export { appendSink } from './append-sink.ts';
export { folderStore } from './folder-store.ts';
