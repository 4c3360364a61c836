/**
 * The code of a character, as `text.charCodeAt(at)` gives it.
 *
 * NOTE: by the function itself, not as a method. For V8 texts are of many kinds (cut out of another, joined of two, …); where it has seen
 * more than four of them, it looks the method up anew at each character.
 */
export const charCodeOf = Function.prototype.call.bind(String.prototype.charCodeAt) as (
  text: string,
  at: number,
) => number;
