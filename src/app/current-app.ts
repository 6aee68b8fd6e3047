import { ConfigError } from '../errors.ts';
import type { App } from './app.ts';
import { runtime } from './runtime.ts';

/** The apps that this thread has made; only one that is alone is kept. */
type Made = Readonly<{ kind: 'none' | 'many' }> | Readonly<{ kind: 'one'; app: App }>;

let made: Made = { kind: 'none' };
let chosen: App | undefined;

/** Counts an app that was made. */
export function noteApp(app: App): void {
  made = made.kind === 'none' ? { kind: 'one', app } : { kind: 'many' };
}

/** From now on this app is the one in use wherever no task runs. */
export function chooseApp(app: App): void {
  chosen = app;
}

/**
 * The app in use: while a task runs its own; else the one that `setDefault()` was called on; else the only one.
 * @throws ConfigError where there is none, or several
 */
export function currentApp(): App {
  const app = runtime().currentTask?.()?.app ?? chosen;
  if (app) return app;
  if (made.kind === 'one') return made.app;
  throw new ConfigError(
    made.kind === 'none'
      ? "there is no app in use yet; make one first: new Celery('name')"
      : 'there are several apps, so none is in use of itself; call setDefault() on the one that is meant',
  );
}
