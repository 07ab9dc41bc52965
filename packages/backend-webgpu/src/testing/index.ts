// @rushlight/backend-webgpu/testing: what tests in Node need to have a GPU, or a program that stands in for one.

export { driverInUse, otherDrivers, whyNoDriver, type Driver, type DriverName } from './driver.ts';
