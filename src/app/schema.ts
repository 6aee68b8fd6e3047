/**
 * A schema of any library that follows Standard Schema version 1: zod, valibot, arktype and others.
 * Source: https://standardschema.dev
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Validation<Output> | Promise<Validation<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** What a schema says about a value: what it becomes, or what is wrong with it. */
export type Validation<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** One thing that is wrong. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The schema of one argument each, in the order of the parameters, or one of all of them as a tuple. */
export type ArgsSchema =
  | readonly StandardSchema<unknown, unknown>[]
  | StandardSchema<readonly unknown[], readonly unknown[]>;

/** Whether a value can be an `args`. */
export function isArgsSchema(value: unknown): value is ArgsSchema {
  return Array.isArray(value) ? value.every(isSchema) : isSchema(value);
}

/** Schemas of some libraries are functions. */
function isSchema(value: unknown): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  const standard: unknown = '~standard' in value ? value['~standard'] : undefined;
  return (
    typeof standard === 'object' &&
    standard !== null &&
    'validate' in standard &&
    typeof standard.validate === 'function'
  );
}

type TypesOf<Schema> = Schema extends { readonly '~standard': { readonly types?: infer Types } }
  ? NonNullable<Types>
  : never;
type InputOf<Schema> = TypesOf<Schema> extends { readonly input: infer Input } ? Input : never;
type OutputOf<Schema> = TypesOf<Schema> extends { readonly output: infer Output } ? Output : never;

/** Arguments at the end that may be undefined may be left out. */
type WithOptionalEnd<Args extends readonly unknown[]> = Args extends readonly [
  ...infer Front,
  infer Last,
]
  ? undefined extends Last
    ? [...WithOptionalEnd<Front>, last?: Last]
    : [...Args]
  : [...Args];

type Inputs<Schemas extends readonly unknown[]> = {
  -readonly [Index in keyof Schemas]: InputOf<Schemas[Index]>;
};
type Outputs<Schemas extends readonly unknown[]> = {
  -readonly [Index in keyof Schemas]: OutputOf<Schemas[Index]>;
};

type AsArgs<Args> = Args extends readonly unknown[] ? [...Args] : never;

/** What a sender gives: the schemas' input. */
export type ArgsInput<Schema extends ArgsSchema> = Schema extends readonly unknown[]
  ? Inputs<Schema> extends infer Args extends readonly unknown[]
    ? WithOptionalEnd<Args>
    : never
  : AsArgs<InputOf<Schema>>;

/** What the function gets: the schemas' output. */
export type ArgsOutput<Schema extends ArgsSchema> = Schema extends readonly unknown[]
  ? AsArgs<Outputs<Schema>>
  : AsArgs<OutputOf<Schema>>;
