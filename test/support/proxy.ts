import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from '../../scripts/redis-server.mjs';
import { onFileEnd } from './cleanup.ts';

/** Starts a proxy to a port of this machine, closed when the test file is over. */
export async function startProxy(targetPort: number): Promise<TcpProxy> {
  const proxy = new TcpProxy(await freePort(), targetPort);
  await proxy.resume();
  onFileEnd(() => proxy.close());
  return proxy;
}

/** A TCP proxy between a client and a server, to break what is between them. */
export class TcpProxy {
  readonly port: number;
  readonly #targetPort: number;
  readonly #links = new Set<Link>();
  readonly #past = { toServer: 0, toClient: 0 };
  #listener: Server | undefined;
  #isBlackhole = false;

  constructor(port: number, targetPort: number) {
    this.port = port;
    this.#targetPort = targetPort;
  }

  /** Nothing passes any more and nobody is told: as with a pulled cable, connections stay open. */
  blackhole(): void {
    this.#isBlackhole = true;
    for (const link of this.#links) link.hold();
  }

  /** Back to normal after `blackhole` or `refuse`; what was held back passes now. */
  async resume(): Promise<void> {
    this.#isBlackhole = false;
    for (const link of this.#links) link.flow();
    if (this.#listener) return;
    this.#listener = createServer((client) => this.#accept(client));
    this.#listener.listen(this.port, '127.0.0.1');
    await once(this.#listener, 'listening');
  }

  /** Resets every connection there is (RST); new ones are taken as before. */
  cut(): void {
    for (const link of this.#links) link.reset();
  }

  /** New connections are refused until `resume`; those there are stay (see `cut`). */
  refuse(): void {
    this.#listener?.close();
    this.#listener = undefined;
  }

  /** Ends it with all its connections. Safe to call twice. */
  async close(): Promise<void> {
    this.refuse();
    this.cut();
  }

  /** What has been read from each side so far. */
  bytes(): { readonly toServer: number; readonly toClient: number } {
    const sum = { ...this.#past };
    for (const link of this.#links) {
      sum.toServer += link.client.bytesRead;
      sum.toClient += link.server.bytesRead;
    }
    return sum;
  }

  /** How many connections are open through it. */
  get connections(): number {
    return this.#links.size;
  }

  #accept(client: Socket): void {
    const link = new Link(client, connect(this.#targetPort, '127.0.0.1'), () => {
      this.#links.delete(link);
      this.#past.toServer += client.bytesRead;
      this.#past.toClient += link.server.bytesRead;
    });
    this.#links.add(link);
    if (this.#isBlackhole) link.hold();
    else link.flow();
  }
}

/** The two ends of one connection. When one closes, so does the other, in the same way. */
class Link {
  readonly client: Socket;
  readonly server: Socket;

  constructor(client: Socket, server: Socket, onEnd: () => void) {
    this.client = client;
    this.server = server;
    for (const [side, other] of [
      [client, server],
      [server, client],
    ] as const) {
      side.setNoDelay(true);
      side.once('error', () => other.resetAndDestroy());
      side.once('close', () => other.destroySoon());
    }
    client.once('close', onEnd);
  }

  flow(): void {
    this.hold();
    this.client.pipe(this.server);
    this.server.pipe(this.client);
  }

  hold(): void {
    this.client.unpipe(this.server).pause();
    this.server.unpipe(this.client).pause();
  }

  reset(): void {
    this.client.resetAndDestroy();
    this.server.resetAndDestroy();
  }
}
