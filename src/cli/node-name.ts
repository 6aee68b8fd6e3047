import { hostname } from 'node:os';
import { ConfigError } from '../errors.ts';

/**
 * A worker's name from what `-n` says: `%h` is the host, `%n` its first label, `%d` the rest, `%%` a percent
 * sign; a name without `@` gets `@<host>`.
 * @throws ConfigError for another `%`, or a name that is none.
 * Source: `host_format` and `nodename` in Celery's `utils/nodenames.py`.
 */
export function expandNodeName(text: string, host: string = hostname()): string {
  const [label = '', ...domain] = host.split('.');
  const values: Readonly<Record<string, string>> = {
    '%h': host,
    '%n': label,
    '%d': domain.join('.'),
    '%%': '%',
  };
  const expanded = text.replace(/%(.?)/gs, (abbreviation) => {
    const value = values[abbreviation];
    if (value === undefined) {
      throw new ConfigError(`-n has '${abbreviation}', and only %h, %n, %d and %% mean something`);
    }
    return value;
  });
  const name = expanded.includes('@') ? expanded : `${expanded}@${host}`;
  if (/^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+$/u.test(name)) return name;
  throw new ConfigError(`-n must be a name such as 'worker1@%h', got '${text}'`);
}
