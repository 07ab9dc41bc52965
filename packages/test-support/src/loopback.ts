import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server that this machine alone can reach. */
export interface Loopback {
  /** Without a slash at its end. */
  readonly url: string;
  /** Ends the connections that are open, and takes new ones. */
  disconnect(): void;
  close(): void;
}

export async function serve(answer: RequestListener): Promise<Loopback> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    disconnect: () => server.closeAllConnections(),
    close: () => void server.close(),
  };
}
