import { parseExpressionAt } from 'acorn';
import { TaskInvalidError } from '../errors.ts';
import type { ArgsSchema } from './schema.ts';

/** One parameter of a task's function. */
export interface Parameter {
  /** undefined for a destructured one, which no keyword can name. */
  readonly name: string | undefined;
  /** Whether it may be left out: it has a default, or was declared with `?`. */
  readonly isOptional: boolean;
}

/** The parameters that messages bind to. */
export interface Parameters {
  readonly named: readonly Parameter[];
  /** Whether any number of further positional arguments is taken. */
  readonly hasRest: boolean;
  /** false: the function's source does not tell its parameters, so nothing is checked. */
  readonly isKnown: boolean;
}

const unknownParameters: Parameters = { named: [], hasRest: true, isKnown: false };

/** Parameters as `params` declares them: `['a', 'b?']`. @throws TaskInvalidError */
export function declaredParameters(params: readonly string[]): Parameters {
  const named = params.map((text) => {
    const name = text.endsWith('?') ? text.slice(0, -1) : text;
    if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)) {
      throw new TaskInvalidError(
        `'params' has '${text}', which is no parameter such as 'a' or 'b?'`,
      );
    }
    return { name, isOptional: text.endsWith('?') };
  });
  const twice = named.find(
    ({ name }, index) => named.findIndex((each) => each.name === name) < index,
  );
  if (twice) throw new TaskInvalidError(`'params' has '${twice.name}' twice`);
  return { named, hasRest: false, isKnown: true };
}

/**
 * Reads a function's parameters from its source, which has defaults but no types.
 * @param isBound - the first parameter is the task's context, and no argument.
 */
export function readParameters(fn: (...args: never[]) => unknown, isBound: boolean): Parameters {
  const params = parseParams(Function.prototype.toString.call(fn));
  if (!params) return unknownParameters;
  const own = isBound ? params.slice(1) : params;
  const last = own.at(-1);
  const hasRest = last?.type === 'RestElement' || params[0]?.type === 'RestElement';
  const named = own
    .filter((param) => param.type !== 'RestElement')
    .map((param) => ({ name: nameOf(param), isOptional: param.type === 'AssignmentPattern' }));
  return { named, hasRest, isKnown: true };
}

/** The parameters of a task with a schema: which arguments may be left out, and how many there may be, is for it to say. */
export function withSchema(parameters: Parameters, schema: ArgsSchema | undefined): Parameters {
  if (!schema) return parameters;
  const count = Array.isArray(schema) ? schema.length : 0;
  const { named: own } = parameters;
  const named = Array.from({ length: Math.max(own.length, count) }, (_, index) => {
    return { name: own[index]?.name, isOptional: true };
  });
  return { ...parameters, named, hasRest: parameters.hasRest || !Array.isArray(schema) };
}

/** As much of a syntax tree's parameter as is looked at. */
interface Pattern {
  readonly type: string;
  readonly name?: unknown;
  readonly left?: Pattern;
}

/** A function's text is an expression as it stands, or once it is put into an object. */
function parseParams(source: string): readonly Pattern[] | undefined {
  return tryParse(`(${source})`) ?? tryParse(`({${source}})`);
}

function tryParse(text: string): readonly Pattern[] | undefined {
  try {
    // out of its class, a function's private fields and its super are nowhere declared
    return findParams(
      parseExpressionAt(text, 0, {
        ecmaVersion: 'latest',
        sourceType: 'module',
        allowSuperOutsideMethod: true,
        checkPrivateFields: false,
      }),
    );
  } catch {
    return undefined; // native and bound functions have no source
  }
}

/** Looks into what was put around the function. */
function findParams(node: unknown): readonly Pattern[] | undefined {
  if (typeof node !== 'object' || node === null) return undefined;
  if ('params' in node && Array.isArray(node.params)) return node.params;
  if ('properties' in node && Array.isArray(node.properties)) return findParams(node.properties[0]);
  return 'value' in node ? findParams(node.value) : undefined;
}

function nameOf(param: Pattern): string | undefined {
  const target = param.type === 'AssignmentPattern' ? param.left : param;
  return target?.type === 'Identifier' && typeof target.name === 'string' ? target.name : undefined;
}
