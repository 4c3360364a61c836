import { ownData } from '../../identity/data-property.js';
import { isPlainArray } from '../../pipeline/values/plain-data.js';
import type { AskedOperation } from '../../pipeline/operations.js';

/** What an operation is executed with, as far as it is looked at: never its variables. */
export interface GraphqlArguments {
  readonly document?: unknown;
  /** Which operation of the document, where it has several. */
  readonly operationName?: unknown;
}

export interface GraphqlOperation extends AskedOperation {
  readonly attributes: Readonly<Record<string, string>>;
  /** Fields at the root by the names that they have in the answer. */
  readonly answered: ReadonlyMap<string, string>;
}

const TYPES: ReadonlySet<unknown> = new Set(['query', 'mutation', 'subscription']);
const NAME = /^[_A-Za-z][_0-9A-Za-z]*$/;

/** Definitions, selections and fragments of a document that are looked at. */
const MOST_NODES = 10_000;

/** Which operation is asked for: its name is the client's choice, the fields at its root are the schema's. */
export function readOperation({ document, operationName }: GraphqlArguments): GraphqlOperation {
  const definitions = listOf(document, 'definitions');
  const operations = definitions.filter((node) => kindOf(node) === 'OperationDefinition');
  const operation =
    typeof operationName === 'string'
      ? operations.find((node) => nameOf(node) === operationName)
      : operations.length === 1
        ? operations[0]
        : undefined;
  const given = ownData(operation, 'operation');
  const type = TYPES.has(given) ? (given as string) : '';
  const answered = rootFields(operation, definitions);
  return {
    type,
    names: [...new Set(answered.values())],
    answered,
    attributes: { 'graphql.operation.name': nameOf(operation), 'graphql.operation.type': type },
  };
}

/** Fields at the root of an operation, those of fragments included: the names of the schema by their aliases. */
function rootFields(operation: unknown, definitions: readonly unknown[]): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  const waiting: unknown[] = [operation];
  const entered = new Set<string>();
  for (let count = 0; waiting.length > 0 && count < MOST_NODES; count += 1) {
    const node = waiting.pop();
    switch (kindOf(node)) {
      case 'Field':
        fields.set(textOf(ownData(node, 'alias')) || nameOf(node), nameOf(node));
        break;
      case 'FragmentSpread': {
        const name = nameOf(node);
        if (!entered.has(name)) waiting.push(fragmentOf(name, definitions));
        entered.add(name);
        break;
      }
      default:
        waiting.push(...listOf(ownData(node, 'selectionSet'), 'selections').toReversed());
    }
  }
  // NOTE: what was not looked at may be anything.
  if (waiting.length > 0) fields.set('', '');
  return fields;
}

function fragmentOf(name: string, definitions: readonly unknown[]): unknown {
  return definitions.find((node) => kindOf(node) === 'FragmentDefinition' && nameOf(node) === name);
}

function kindOf(node: unknown): unknown {
  return ownData(node, 'kind');
}

function nameOf(node: unknown): string {
  return textOf(ownData(node, 'name'));
}

function textOf(name: unknown): string {
  const text = ownData(name, 'value');
  return typeof text === 'string' && NAME.test(text) ? text : '';
}

function listOf(holder: unknown, name: string): readonly unknown[] {
  const list = ownData(holder, name);
  return isPlainArray(list) ? list.slice(0, MOST_NODES) : [];
}
