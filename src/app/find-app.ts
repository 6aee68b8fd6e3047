import { ModuleLoadError } from '../errors.ts';
import { nearest } from '../util/index.ts';
import type { Celery } from './celery.ts';
import type { LoadedModule } from './load-module.ts';
import { parseModuleSpec } from './module-file.ts';

/**
 * The apps that a module exports, the main one first: the one called `app`, else `celery`, else the first.
 * A spec with a name, such as `tasks.ts:billing`, means that one alone.
 * @param spec - what the module was loaded by.
 * @throws ModuleLoadError if there is none, saying what the module exports instead.
 */
export function findApps(
  loaded: LoadedModule,
  spec: string,
): readonly [main: Celery, ...others: Celery[]] {
  const exported = withDefaults(loaded);
  const { path, attribute } = parseModuleSpec(spec);
  if (attribute !== undefined) return [namedApp(exported, path, attribute)];
  const named = [exported.get('app'), exported.get('celery'), ...exported.values()];
  const [main, ...others] = new Set(named.filter(isCelery));
  if (main === undefined) {
    const remedy = "export one: export const app = new Celery('name')";
    throw new ModuleLoadError(
      `no Celery instance among the exports of '${path}', ${listed(exported)}; ${remedy}`,
    );
  }
  return [main, ...others];
}

function namedApp(exported: ReadonlyMap<string, unknown>, path: string, attribute: string): Celery {
  const value = exported.get(attribute);
  if (isCelery(value)) return value;
  const names = [...exported].filter(([, each]) => isCelery(each)).map(([name]) => name);
  const near = nearest(attribute, names) ?? names[0];
  const reason = exported.has(attribute)
    ? `'${attribute}' of '${path}' is no Celery instance`
    : `'${path}' exports no '${attribute}', ${listed(exported)}`;
  throw new ModuleLoadError(
    near === undefined ? reason : `${reason}; did you mean '${path}:${near}'?`,
  );
}

/** A CommonJS module may have all its exports in its default one. */
function withDefaults(loaded: LoadedModule): ReadonlyMap<string, unknown> {
  const own = new Map(Object.entries(loaded));
  const inner = own.get('default');
  if (typeof inner !== 'object' || inner === null || isCelery(inner)) return own;
  return new Map([...Object.entries(inner), ...own]);
}

/** By what it can do, not by its class: a project may have another copy of this package installed. */
function isCelery(value: unknown): value is Celery {
  return (
    typeof value === 'object' &&
    value !== null &&
    'sendTask' in value &&
    typeof value.sendTask === 'function' &&
    'tasks' in value &&
    'settings' in value
  );
}

function listed(exported: ReadonlyMap<string, unknown>): string {
  const names = [...exported.keys()].filter((name) => name !== 'module.exports');
  return names.length === 0
    ? 'which has none'
    : `which has ${names.map((name) => `'${name}'`).join(', ')}`;
}
