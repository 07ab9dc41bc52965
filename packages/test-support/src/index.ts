export { chromiumPath, launchChromium, type LaunchOptions } from './chromium.ts';
export { serve, type Loopback } from './loopback.ts';
export { otherNodes } from './other-nodes.ts';
export { canReadResident, processesOf, residentBytes } from './resident.ts';
