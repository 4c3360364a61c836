/** What became of one field. A value that is left out is not known, or was not there. */
export interface FieldChange {
  readonly field: string;
  readonly before?: string;
  readonly after?: string;
}

/** A statement on one object. */
export interface Write {
  readonly recordId: string;
  /** Environment, system, database and table: a row of the same key elsewhere is another one. */
  readonly object: readonly string[];
  readonly action: string;
  /** `applied`, `rolled_back`, `failed` or `unknown`. */
  readonly ending: string;
  readonly changed: readonly string[];
  readonly newValues: Readonly<Record<string, string>>;
  readonly oldValues: Readonly<Record<string, string>>;
}

/**
 * What each of the writes changed, by its record: `before` is what the statement itself knew, else the value of the write
 * before it that lasted. As the view `field_history` tells it, but with the attempts that did not last.
 *
 * @param writes Of one key, in order.
 */
export function fieldChanges(writes: readonly Write[]): ReadonlyMap<string, readonly FieldChange[]> {
  const knownOf = new Map<string, Map<string, string>>();
  return new Map(
    writes.map((write) => {
      const object = JSON.stringify(write.object);
      const known = knownOf.get(object) ?? new Map<string, string>();
      knownOf.set(object, known);
      const changes = write.action === 'delete' ? lostFields(write, known) : setFields(write, known);
      if (write.ending === 'applied' || write.ending === 'unknown') keep(write, changes, known);
      return [write.recordId, changes];
    }),
  );
}

type Known = ReadonlyMap<string, string>;

function setFields({ action, changed, newValues, oldValues }: Write, known: Known): FieldChange[] {
  const before = action === 'create' ? new Map<string, string>() : known;
  return [...new Set([...changed, ...Object.keys(newValues)])].map((field) =>
    changeOf(field, valueOf(oldValues, field) ?? before.get(field), valueOf(newValues, field)),
  );
}

function lostFields({ oldValues }: Write, known: Known): FieldChange[] {
  return [...new Set([...Object.keys(oldValues), ...known.keys()])].map((field) =>
    changeOf(field, valueOf(oldValues, field) ?? known.get(field), undefined),
  );
}

/** Where nobody knows whether a write lasted, nobody knows what it left. */
function keep({ action, ending }: Write, changes: readonly FieldChange[], known: Map<string, string>): void {
  if (action === 'delete' || action === 'truncate') known.clear();
  for (const { field, after } of changes) {
    if (ending === 'unknown' || after === undefined) known.delete(field);
    else known.set(field, after);
  }
}

function changeOf(field: string, before: string | undefined, after: string | undefined): FieldChange {
  return {
    field,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  };
}

function valueOf(values: Readonly<Record<string, string>>, field: string): string | undefined {
  return Object.hasOwn(values, field) ? values[field] : undefined;
}
