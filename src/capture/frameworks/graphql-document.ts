import { ownData } from '../../identity/data-property.js';
import { isPlainArray } from '../../pipeline/values/plain-data.js';
import type { AskedOperation } from '../../pipeline/operations.js';

/** What an operation is executed with, as far as it is looked at: never its variables. */
export interface GraphqlArguments {
  readonly document?: unknown;
  readonly schema?: unknown;
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

/** Definitions of a document, and selections at the root of an operation, that are looked at. */
const MOST_NODES = 10_000;

/** Of which nothing is known. */
export const UNKNOWN_OPERATION: GraphqlOperation = Object.freeze({
  type: '',
  names: [],
  attributes: {},
  answered: new Map(),
});

/** Which operation is asked for: its name is the client's choice, the fields at its root are the schema's. */
export function readOperation({ document, operationName, schema }: GraphqlArguments): GraphqlOperation {
  const definitions = listOf(document, 'definitions').slice(0, MOST_NODES);
  const operations = definitions.filter((node) => kindOf(node) === 'OperationDefinition');
  const operation =
    typeof operationName === 'string'
      ? operations.find((node) => nameOf(node) === operationName)
      : operations.length === 1
        ? operations[0]
        : undefined;
  const given = ownData(operation, 'operation');
  const type = TYPES.has(given) ? (given as string) : '';
  const { names, answered } = rootFields(operation, definitions, fieldsOfSchema(schema, type));
  return {
    type,
    names: [...names],
    answered,
    attributes: { 'graphql.operation.name': nameOf(operation), 'graphql.operation.type': type },
  };
}

interface RootFields {
  readonly names: ReadonlySet<string>;
  readonly answered: ReadonlyMap<string, string>;
}

/**
 * Fields at the root of an operation, those of fragments included: the names of the schema, and by their aliases.
 *
 * NOTE: a document that nobody validates may have two fields by one alias, of which only the first is carried out.
 */
function rootFields(operation: unknown, definitions: readonly unknown[], known: object): RootFields {
  const names = new Set<string>();
  const answered = new Map<string, string>();
  const note = (alias: string, name: string): void => {
    names.add(name);
    if (!answered.has(alias)) answered.set(alias, name);
  };
  const fragments = fragmentsOf(definitions);
  const waiting: unknown[] = [operation];
  for (let count = 0; waiting.length > 0 && count < MOST_NODES; count += 1) {
    const node = waiting.pop();
    switch (kindOf(node)) {
      case 'Field':
        note(textOf(ownData(node, 'alias')) || nameOf(node), knownName(nameOf(node), known));
        break;
      case 'FragmentSpread': {
        const fragment = fragments.get(nameOf(node));
        if (fragment === undefined) note('', '');
        else waiting.push(fragment);
        // NOTE: once is enough, and one that holds itself would never end.
        fragments.set(nameOf(node), EMPTY);
        break;
      }
      default:
        for (const selection of listOf(ownData(node, 'selectionSet'), 'selections').toReversed())
          waiting.push(selection);
    }
  }
  // NOTE: what was not looked at may be anything.
  if (waiting.length > 0) note('', '');
  return { names, answered };
}

const ROOTS: Readonly<Record<string, 'getQueryType' | 'getMutationType' | 'getSubscriptionType'>> = {
  query: 'getQueryType',
  mutation: 'getMutationType',
  subscription: 'getSubscriptionType',
};

type Schema = Record<
  'getQueryType' | 'getMutationType' | 'getSubscriptionType',
  () => { getFields(): object } | null | undefined
>;

/** NOTE: methods of GraphQL's own, which its execution asks next. */
function fieldsOfSchema(schema: unknown, type: string): object {
  const root = ROOTS[type];
  return (root !== undefined && (schema as Schema | undefined)?.[root]()?.getFields()) || EMPTY;
}

const INTROSPECTION: ReadonlySet<string> = new Set(['__schema', '__type', '__typename']);

/** NOTE: what a server executes without asking whether it is valid may name anything. */
function knownName(name: string, known: object): string {
  return INTROSPECTION.has(name) || Object.hasOwn(known, name) ? name : '';
}

const EMPTY: object = Object.freeze({});

function fragmentsOf(definitions: readonly unknown[]): Map<string, unknown> {
  const fragments = definitions.filter((node) => kindOf(node) === 'FragmentDefinition');
  return new Map(fragments.map((node) => [nameOf(node), node]));
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
  return isPlainArray(list) ? list : [];
}
