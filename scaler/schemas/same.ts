/**
 * `true` where each type can stand for the other (read-only or not), `false` elsewhere: a constant
 * of this type fails to compile when a schema and the type that it stands for part ways.
 */
export type Same<A, B> = [A] extends [Mutable<B>]
  ? [Mutable<B>] extends [A]
    ? true
    : false
  : false;

type Mutable<T> = T extends readonly (infer Item)[]
  ? Mutable<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Mutable<T[Key]> }
    : T;
