/** Where a span keeps the request that it is of. */
export const SCOPE = Symbol('audit-register.scope');
