import { defineConfig } from 'vite';
import { offline } from './src/offline/plugin.ts';

// Works from any path: all addresses are relative, and pages are told apart behind the #.
export default defineConfig({
  base: './',
  resolve: { conditions: ['@rushlight/source', 'module', 'browser', 'development|production'] },
  build: { target: 'es2022', outDir: 'dist' },
  worker: { format: 'es' },
  plugins: [offline()],
  // As a host that can set headers does: threads for wasm without the service worker.
  server: { headers: { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' } },
});
