import type { Parameters } from './parameters.ts';

/** How strictly arguments are held against parameters. */
export interface BindOptions {
  /**
   * Also refuse arguments that are missing at the end. For messages that no type checker has seen: types are
   * gone from a function's source, so only defaults and `params` tell which parameters are optional.
   */
  readonly strict: boolean;
}

/**
 * Arguments in the order of a function's parameters, from those of a message.
 * @throws TypeError that names the task and the parameter, as Python does
 */
export function bindArguments(
  target: { readonly task: string; readonly parameters: () => Parameters },
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
  options: BindOptions,
): unknown[] {
  const names = Object.keys(kwargs);
  const parameters = target.parameters();
  const { named, hasRest, isKnown } = parameters;
  if (names.length === 0 && args.length === named.length) return [...args];
  if (names.length > 0 && (!isKnown || (hasRest && named.length === 0))) {
    throw new TypeError(
      `${target.task}() cannot take keyword arguments (got '${names[0]}'): the names of its parameters are not known; declare params`,
    );
  }
  if (args.length > named.length && !hasRest) {
    throw new TypeError(
      `${target.task}() takes ${counted(named.length)} but ${args.length} were given`,
    );
  }
  const bound = [...args];
  for (const name of names) {
    const index = named.findIndex((parameter) => parameter.name === name);
    if (index < 0)
      throw new TypeError(`${target.task}() got an unexpected keyword argument '${name}'`);
    if (index < args.length) {
      throw new TypeError(`${target.task}() got multiple values for argument '${name}'`);
    }
    bound[index] = kwargs[name];
  }
  refuseMissing(target.task, parameters, {
    args,
    kwargs,
    end: options.strict ? named.length : bound.length,
  });
  return Array.from(bound);
}

/** Up to `end` every parameter needs a value or a default. */
function refuseMissing(
  task: string,
  { named }: Parameters,
  given: {
    readonly args: readonly unknown[];
    readonly kwargs: Readonly<Record<string, unknown>>;
    readonly end: number;
  },
): void {
  const missing = named.slice(given.args.length, given.end).filter(({ name, isOptional }) => {
    return !isOptional && (name === undefined || !Object.hasOwn(given.kwargs, name));
  });
  if (missing.length === 0) return;
  const names = missing.map(({ name }) =>
    name === undefined ? 'a destructured one' : `'${name}'`,
  );
  const noun = names.length === 1 ? 'argument' : 'arguments';
  throw new TypeError(
    `${task}() missing ${names.length} required ${noun}: ${names.join(', ')}; give optional parameters a default`,
  );
}

function counted(count: number): string {
  return count === 1 ? '1 positional argument' : `${count} positional arguments`;
}
