/** Makes a thing when it is first needed, and keeps it. */
export function lazily<T>(make: () => T): () => T {
  let made: { readonly thing: T } | undefined;
  return () => (made ??= { thing: make() }).thing;
}
