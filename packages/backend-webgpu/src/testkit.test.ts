// The conformance suite on the driver of this machine; engines/ has the other drivers, and browsers. A part of it, in brief, unless
// ENGINES=all.

import { testBackend } from '@rushlight/backend-testkit';
import { webgpu } from './factory.ts';
import { driverInUse, whyNoDriver } from './testing/driver.ts';

const unavailable = whyNoDriver();
process.stderr.write(unavailable === undefined ? `WebGPU is tested on ${driverInUse()?.adapter}.\n` : `NOT RUN: ${unavailable}.\n`); // prettier-ignore

// Drivers take milliseconds to compile a kernel, and the suite has thousands.
const all = process.env.ENGINES === 'all';
testBackend({ ...webgpu({ budget: 2 ** 28 }), unavailable, brief: !all, oneIn: all ? 1 : 20 });
