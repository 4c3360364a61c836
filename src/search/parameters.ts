type ParameterType = 'String' | 'UInt8' | 'UInt64' | 'Int64' | 'UUID';

/** Values that a query binds: no text of a reader ever becomes SQL. */
export class BoundParameters {
  readonly #values: Record<string, string> = {};
  readonly #prefix: string;
  #count = 0;

  /** @param prefix Keeps the names apart from other parameters of the same query. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  get values(): Readonly<Record<string, string>> {
    return this.#values;
  }

  /** @returns What stands for the value in SQL. */
  add(type: ParameterType, value: string): string {
    const name = `${this.#prefix}${this.#count++}`;
    this.#values[name] = value;
    return `{${name}:${type}}`;
  }
}
