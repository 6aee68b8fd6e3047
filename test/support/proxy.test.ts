import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startProxy } from './proxy.ts';
import { until } from './waits.ts';

const DEADLINE = { deadlineMs: 5000, what: 'the echo' };
let server: Server;
let targetPort: number;

beforeAll(async () => {
  server = createServer((socket) => {
    socket.on('error', () => {});
    socket.pipe(socket);
    socket.on('data', (chunk) => {
      if (chunk.toString() === 'bye') socket.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  targetPort = (server.address() as { port: number }).port;
});

afterAll(() => {
  server.close();
});

/** A connection and what it has heard. */
async function dial(
  port: number,
  { allowHalfOpen = false } = {},
): Promise<{ socket: Socket; heard: () => string }> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen });
  let text = '';
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    text += chunk.toString();
  });
  await once(socket, 'connect');
  return { socket, heard: () => text };
}

test('bytes pass both ways and are counted', async () => {
  const proxy = await startProxy(targetPort);
  const { socket, heard } = await dial(proxy.port);

  socket.write('hello');
  await until(() => heard() === 'hello', DEADLINE);

  expect(proxy.bytes()).toEqual({ toServer: 5, toClient: 5 });
  socket.destroy();
});

test('a blackhole holds bytes and new connections back until resume', async () => {
  const proxy = await startProxy(targetPort);
  const old = await dial(proxy.port);
  old.socket.write('a');
  await until(() => old.heard() === 'a', DEADLINE);

  proxy.blackhole();
  const fresh = await dial(proxy.port);
  old.socket.write('b');
  fresh.socket.write('c');
  await sleep(50);
  const during = [old.heard(), fresh.heard(), old.socket.destroyed, fresh.socket.destroyed];
  await proxy.resume();
  await until(() => old.heard() === 'ab' && fresh.heard() === 'c', DEADLINE);

  expect(during).toEqual(['a', '', false, false]);
  old.socket.destroy();
  fresh.socket.destroy();
});

test('large transfers pass whole, also through a blackhole in their middle', async () => {
  const proxy = await startProxy(targetPort);
  const { socket, heard } = await dial(proxy.port);

  socket.write('x'.repeat(8_000_000));
  await until(() => heard().length > 0, DEADLINE);
  proxy.blackhole();
  await sleep(20);
  await proxy.resume();

  await until(() => heard().length === 8_000_000, DEADLINE);
  socket.destroy();
});

test('cut resets what is connected and takes new connections', async () => {
  const proxy = await startProxy(targetPort);
  const { socket } = await dial(proxy.port);
  await until(() => proxy.connections === 1, DEADLINE);
  const failed = once(socket, 'error').catch(() => {});
  const error = new Promise((resolve) => socket.once('error', resolve));

  proxy.cut();

  await failed;
  expect(await error).toMatchObject({ code: 'ECONNRESET' });
  const again = await dial(proxy.port);
  again.socket.write('again');
  await until(() => again.heard() === 'again', DEADLINE);
  again.socket.destroy();
});

test('refuse turns new connections away until resume and leaves those there are', async () => {
  const proxy = await startProxy(targetPort);
  const { socket, heard } = await dial(proxy.port);
  await until(() => proxy.connections === 1, DEADLINE);

  proxy.refuse();
  const refused = await dial(proxy.port).catch((error) => error.code);
  socket.write('still here');
  await until(() => heard() === 'still here', DEADLINE);
  await proxy.resume();
  const fresh = await dial(proxy.port);

  expect(refused).toBe('ECONNREFUSED');
  socket.destroy();
  fresh.socket.destroy();
});

test('a client that ends its side is followed by the server', async () => {
  const proxy = await startProxy(targetPort);
  const { socket } = await dial(proxy.port);
  await until(() => proxy.connections === 1, DEADLINE);

  socket.end();

  await until(() => proxy.connections === 0, { deadlineMs: 5000, what: 'no connections' });
});

test('a server that closes is followed by a client that would go on', async () => {
  const proxy = await startProxy(targetPort);
  const { socket } = await dial(proxy.port, { allowHalfOpen: true });

  socket.write('bye');

  await until(() => socket.readableEnded, { deadlineMs: 5000, what: 'the end' });
  await until(() => proxy.connections === 0, { deadlineMs: 5000, what: 'no connections' });
  socket.destroy();
});

test('a server that is not there resets the client', async () => {
  const proxy = await startProxy(1);
  const socket = connect(proxy.port, '127.0.0.1');

  const [error] = await once(socket, 'error').then(
    (values) => values,
    (reason) => [reason],
  );

  expect(error).toMatchObject({ code: 'ECONNRESET' });
});
