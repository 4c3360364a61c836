/**
 * A message of PostgreSQL without the value it quotes at its end: `invalid input syntax for type uuid: "…"`, `syntax error
 * at or near "…"`. Names of tables, columns and constraints are quoted elsewhere and stay.
 */
export function withoutQuotedValue(message: string): string {
  return message.replace(/(: | at or near )"[\s\S]*$/, '$1?');
}
