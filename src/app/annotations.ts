import { ConfigError, summaryOf } from '../errors.ts';
import { globbed } from '../util/index.ts';
import type { ResolvedTaskOptions } from './resolved-options.ts';
import { type DefinedOptions, resolveTaskOptions, type TaskOptions } from './task-options.ts';

/** What annotations may change: not what the function's form follows from. */
export type AnnotationOptions = Omit<TaskOptions, 'name' | 'bind' | 'params'> &
  Pick<DefinedOptions, 'validateOnSend'>;

/** A task as it was defined, before any annotation. */
export interface AnnotatedTask {
  readonly name: string;
  readonly options: ResolvedTaskOptions;
}

/**
 * Changes to the options of tasks, made by those who run them: by name, by pattern (`*` stands for anything), or by a
 * function. Of a list all count. What is said later wins, and a name over the patterns beside it.
 */
export type TaskAnnotations = Annotation | readonly Annotation[];

type Annotation =
  | Readonly<Record<string, AnnotationOptions>>
  | ((task: AnnotatedTask) => AnnotationOptions | undefined);

const formOptions = ['name', 'bind', 'params', 'args'];

/**
 * A task's options with all that the setting says of it.
 * @param given - as the task was defined.
 * @throws ConfigError for an option that there is not, or that annotations may not change
 */
export function annotatedOptions(
  { name, options }: AnnotatedTask,
  given: DefinedOptions,
  annotations: unknown,
): ResolvedTaskOptions {
  if (annotations === null) return options;
  const list = (Array.isArray(annotations) ? annotations : [annotations]) as readonly Annotation[];
  try {
    const changes = list.flatMap((each) =>
      typeof each === 'function' ? (each({ name, options }) ?? []) : changesIn(each, name),
    );
    if (changes.length === 0) return options;
    for (const change of changes) refuseForm(change);
    const meta = Object.assign({}, given.meta, ...changes.map((change) => change.meta));
    return resolveTaskOptions(Object.assign({}, given, ...changes, { meta }));
  } catch (error) {
    const problem = summaryOf(error);
    throw new ConfigError(`'taskAnnotations' for task '${name}': ${problem}`, { cause: error });
  }
}

function changesIn(
  annotation: Readonly<Record<string, AnnotationOptions>>,
  name: string,
): AnnotationOptions[] {
  const patterns = Object.entries(annotation).filter(([key]) => fits(key, name));
  const own = Object.hasOwn(annotation, name) ? annotation[name] : undefined;
  return [...patterns.map(([, options]) => options), ...(own ? [own] : [])];
}

function fits(pattern: string, name: string): boolean {
  return pattern.includes('*') && globbed(pattern)(name);
}

function refuseForm(change: AnnotationOptions): void {
  const option = formOptions.find((name) => Object.hasOwn(change, name));
  if (option === undefined) return;
  throw new ConfigError(`'${option}' belongs to the function, so only its definition may say it`);
}
