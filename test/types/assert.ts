/** Whether two types are the same, `any` being the same as nothing but itself. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2
  ? true
  : false;

/** Whether a type is `any`, which fits everything and so hides every mistake. */
export type IsAny<T> = 0 extends 1 & T ? true : false;

/** Compiles only for true: `holds<Expect<Equal<A, B>>>()`. */
export type Expect<T extends true> = T;

/** Compiles only for false. */
export type Refuse<T extends false> = T;

/** A place for `Expect` and `Refuse`; never called. */
export declare function holds<_Claims>(): void;
