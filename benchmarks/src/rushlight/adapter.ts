// Says, on a line of JSON, which adapter the webgpu backend finds: `adapter.ts <"gpu" or "any">`. In a process of its own, because a
// driver that is loaded stays, and may hold the GPU.

import { useBackend } from 'rushlight';

try {
  const device = await useBackend('webgpu', { software: process.argv[2] === 'any' });
  console.log(JSON.stringify({ adapter: device.description }));
  device.dispose();
} catch (error) {
  if (!(error instanceof Error)) throw error;
  console.log(JSON.stringify({ why: error.message }));
}
