/** The attribute that holds what a request asked for beneath its method and path. */
export const OPERATIONS = 'audit.operations';

export const SEPARATOR = ', ';

/** Of which no name is known that the server has given. */
export const UNKNOWN_OPERATION = 'unknown';

/** What the name of an operation begins with, before a dot. */
export const OPERATION_TYPES: readonly string[] = ['query', 'mutation', 'subscription', 'action'];

/** Whether a record can ever name an operation so. */
export function isOperation(name: string): boolean {
  const [type = '', ...rest] = name.split('.');
  return name === UNKNOWN_OPERATION || (OPERATION_TYPES.includes(type) && rest.join('.') !== '');
}

/** The operations of a record, each by its type and name: `mutation.deleteOrder`, `query.orders.list`. */
export function operationsOf(attributes: Readonly<Record<string, string>>): readonly string[] {
  return attributes[OPERATIONS]?.split(SEPARATOR) ?? [];
}
