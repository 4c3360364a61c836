/** How many tries a record of a login stands for: after a threshold they are folded into one. */
export const ATTEMPTS = "greatest(toUInt64OrZero(attributes['audit.auth.count']), 1)";

/** A write that lasted, of an actor whose name is only claimed. What a service does by itself claims nothing. */
export const IS_UNVOUCHED =
  "actor_assurance NOT IN ('verified', 'trusted') AND actor_type != 'system' AND final_outcome = 'applied'";

/** The name that was tried at a login, empty where they were many. */
export function accountAlone(): string {
  return `multiIf(target_type = 'account' AND target_id != '', target_id, notEmpty(target_ids), '', actor_id)`;
}

/** The same with the first of many names in one record. */
export function accountTried(): string {
  const many = `concat(arrayStringConcat(arraySlice(target_ids, 1, 3), ', '), if(length(target_ids) > 3, ', …', ''))`;
  return `if(notEmpty(target_ids) AND target_id = '', ${many}, ${accountAlone()})`;
}
