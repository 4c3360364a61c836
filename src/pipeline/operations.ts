import { OPERATIONS, SEPARATOR, UNKNOWN_OPERATION } from '../record/operations.js';
import type { ErrorFacts } from './facts.js';

/** What a request asks for beneath its method and path: an operation of GraphQL, a procedure of tRPC, an action of Next.js. */
export interface AskedOperation {
  /** `query`, `mutation`, `subscription`, `action`; empty when unknown. */
  readonly type: string;
  /** Names that the server has given, so that no client can choose them; empty where it knows none. */
  readonly names: readonly string[];
  /** What else is said of it, such as the name that the client chose. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** How an operation went that has not done what it was asked for. */
export interface FailedOperation {
  readonly outcome: 'failure' | 'denied';
  readonly names: readonly string[];
  readonly error: ErrorFacts;
}

/** NOTE: names come from the schema or the router, so that there are only so many; more than these are no longer told apart. */
const MOST_NAMES = 1_024;
const MOST_VALUES = 64;
const MOST_CHARACTERS = 128;

/** The operations of one request, folded: a batch may have any number of them. */
export class Operations {
  readonly #names = new Set<string>();
  readonly #failed = new Set<string>();
  readonly #attributes = new Map<string, Set<string>>();
  #count = 0;
  #errors = 0;
  #worst: FailedOperation | undefined;

  note({ type, names, attributes = {} }: AskedOperation): void {
    this.#count += 1;
    addAll(this.#names, namesOf(type, names), MOST_NAMES);
    for (const [name, value] of Object.entries(attributes)) {
      const values = this.#attributes.get(name) ?? new Set();
      this.#attributes.set(name, values);
      if (value !== '' && values.size < MOST_VALUES) values.add(value.slice(0, MOST_CHARACTERS));
    }
  }

  /** One of them failed: the first error is kept, and that something was denied comes before that it failed. */
  fail(type: string, failed: FailedOperation): void {
    addAll(this.#failed, namesOf(type, failed.names), MOST_NAMES);
    if (this.#worst === undefined || (this.#worst.outcome === 'failure' && failed.outcome === 'denied'))
      this.#worst = failed;
  }

  /** Errors that the answers hold. */
  countErrors(count: number): void {
    this.#errors += count;
  }

  get failure(): FailedOperation | undefined {
    return this.#worst;
  }

  get attributes(): Readonly<Record<string, string>> {
    if (this.#count === 0) return {};
    const said = [...this.#attributes].map(([name, values]) => [name, [...values].join(SEPARATOR)]);
    return {
      ...(Object.fromEntries(said.filter(([, text]) => text !== '')) as Readonly<Record<string, string>>),
      [OPERATIONS]: [...this.#names].join(SEPARATOR),
      ...(this.#count > 1 && { 'audit.operations.count': String(this.#count) }),
      ...(this.#failed.size > 0 && { 'audit.operations.failed': [...this.#failed].join(SEPARATOR) }),
      ...(this.#errors > 0 && { 'audit.operations.errors': String(this.#errors) }),
    };
  }
}

function namesOf(type: string, names: readonly string[]): readonly string[] {
  if (type === '' || names.length === 0) return [UNKNOWN_OPERATION];
  return names.map((name) => (isName(name) ? `${type}.${name}` : UNKNOWN_OPERATION));
}

/** NOTE: what separates names would make two of one. */
function isName(name: string): boolean {
  return name !== '' && name.length <= MOST_CHARACTERS && !/[\s,]/.test(name);
}

function addAll(names: Set<string>, added: readonly string[], most: number): void {
  for (const name of added) names.add(names.size < most ? name : UNKNOWN_OPERATION);
}
