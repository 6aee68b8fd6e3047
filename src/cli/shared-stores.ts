import type { Settings } from '../config/index.ts';
import { ConfigError } from '../errors.ts';

const memoryUrl = /^memory:/i;

/**
 * Refuses stores that no other process sees: a command is a process of its own.
 * @throws ConfigError
 */
export function refuseMemory(
  command: string,
  settings: Partial<Pick<Settings, 'brokerUrl' | 'resultBackend'>>,
): void {
  const { brokerUrl, resultBackend } = settings;
  const used = { 'the broker': brokerUrl, 'the result backend': resultBackend };
  for (const [role, url] of Object.entries(used)) {
    if (!url || !memoryUrl.test(url)) continue;
    throw new ConfigError(
      `${role} is '${url}', which is seen by the program that opened it and by no other, so 'celeriac ${command}' would find nothing there; use 'redis://…' or 'sqlite:…', or run a worker inside the program: new Worker({ … }) of 'celeriac/worker'`,
    );
  }
}
