// What is known of a draft beside its columns, until it is redacted. Under symbols, so that no record has it.

/** Whom its columns name. */
export const ACTOR: unique symbol = Symbol('audit-register.actor');
/** Whether only a later route will say which pieces of its path are secret. */
export const AWAITS_ROUTE: unique symbol = Symbol('audit-register.awaits-route');
/** Columns that its keys are of, in the order of their parts. */
export const KEY_COLUMNS: unique symbol = Symbol('audit-register.key-columns');
/** New values that are lists in JSON, with a value for each row. */
export const LISTS: unique symbol = Symbol('audit-register.lists');
/** What the columns of its returned rows are made of. */
export const OUTPUT_COLUMNS: unique symbol = Symbol('audit-register.output-columns');
/** What the parameters of its statement are for. */
export const PARAMETER_USES: unique symbol = Symbol('audit-register.parameter-uses');
/** What its statement brought back, until it is known whether the level asks for it. */
export const RETURNED_VALUES: unique symbol = Symbol('audit-register.returned-values');
