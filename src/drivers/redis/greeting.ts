import type { Millis } from '../../util/index.ts';

/** What a server says of itself and of a connection. */
export interface Greeting {
  /** Its clock. */
  readonly nowMs: Millis;
  /** Its number for the connection; 0 if it does not tell. */
  readonly clientId: number;
}

/** Asks who and when the server is; a command that it refuses shows that we may not use it. */
export async function greet(
  send: (name: string, args: readonly string[]) => Promise<unknown>,
): Promise<Greeting> {
  const answers = await Promise.all([
    send('ping', []),
    send('time', []),
    // only for being told about keys; a proxy may not know it
    send('client', ['id']).catch(() => 0),
  ]);
  const [seconds, micros] = answers[1] as [string, string];
  return { nowMs: Number(seconds) * 1000 + Number(micros) / 1000, clientId: Number(answers[2]) };
}
