import { measureAll } from './measure-all.ts';
import type { Order } from './protocol.ts';

addEventListener('message', ({ data }: MessageEvent<Order>) => {
  void measureAll(data, (report) => postMessage(report));
});
