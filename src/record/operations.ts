/** The attribute that holds what a request asked for beneath its method and path. */
export const OPERATIONS = 'audit.operations';

/** Of which no name is known that the server has given. */
export const UNKNOWN = 'unknown';

export const SEPARATOR = ', ';

/** The operations of a record, each by its type and name: `mutation.deleteOrder`, `query.orders.list`. */
export function operationsOf(attributes: Readonly<Record<string, string>>): readonly string[] {
  return attributes[OPERATIONS]?.split(SEPARATOR).filter((operation) => operation !== '') ?? [];
}
