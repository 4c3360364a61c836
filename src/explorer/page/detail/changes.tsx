import type { JSX } from 'preact';
import type { FoundRecord } from '../../../search/search.js';
import type { FieldChange } from '../api/answers.js';
import { Text } from '../words/visible.js';

/**
 * What a statement set, as far as the record knows it: names always, values where the policy keeps them. What an UPDATE returned
 * of the old row but did not set has stayed as it was.
 */
export function changesOf(record: FoundRecord): readonly FieldChange[] {
  const before = valuesOf(record, 'old_values');
  const set = valuesOf(record, 'new_values');
  const after = record.action === 'update' ? { ...untouched(record, before), ...set } : set;
  const named = Array.isArray(record['changed_fields'])
    ? (record['changed_fields'] as readonly string[])
    : [];
  const fields = [...new Set([...named, ...Object.keys(after), ...Object.keys(before)])];
  return fields.map((field) => ({
    field,
    ...(Object.hasOwn(before, field) ? { before: before[field] ?? '' } : {}),
    ...(Object.hasOwn(after, field) ? { after: after[field] ?? '' } : {}),
  }));
}

interface Props {
  readonly changes: readonly FieldChange[];
  /** Nothing was there before a creation, and nothing is after a deletion: there is nothing to know of it. */
  readonly action: string;
}

/** Old → new; what stayed the same is folded. */
export function Changes({ changes, action }: Props): JSX.Element {
  const isSame = ({ before, after }: FieldChange): boolean => before !== undefined && before === after;
  const changed = changes.filter((change) => !isSame(change));
  const same = changes.filter(isSame);
  return (
    <div class="changes">
      {changed.length === 0 ? null : <ChangeTable changes={changed} action={action} />}
      {same.length === 0 ? null : (
        <details>
          <summary>
            {same.length} unchanged {same.length === 1 ? 'field' : 'fields'}
          </summary>
          <ChangeTable changes={same} action={action} />
        </details>
      )}
    </div>
  );
}

function ChangeTable({ changes, action }: Props): JSX.Element {
  const isCreated = action === 'create' && changes.every(({ before }) => before === undefined);
  return (
    <table class="change-table">
      <thead>
        <tr>
          <th scope="col">Field</th>
          {isCreated ? null : <th scope="col">Old</th>}
          <th scope="col">{isCreated ? 'Value' : 'New'}</th>
        </tr>
      </thead>
      <tbody>
        {changes.map((change) => (
          <tr key={change.field}>
            <th scope="row">
              <Text of={change.field} />
            </th>
            {isCreated ? null : (
              <td class="before">
                {change.before === undefined ? (
                  <NotKnown />
                ) : (
                  <del>
                    <Text of={change.before} lines />
                  </del>
                )}
              </td>
            )}
            <td class="after">
              {change.after === undefined ? (
                action === 'delete' ? (
                  <span class="not-known">(deleted)</span>
                ) : (
                  <NotKnown />
                )
              ) : (
                <ins>
                  <Text of={change.after} lines />
                </ins>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function NotKnown(): JSX.Element {
  return (
    <span class="not-known" title="The register does not know it">
      not known
    </span>
  );
}

function untouched(record: FoundRecord, before: Values): Values {
  const named = new Set(
    Array.isArray(record['changed_fields']) ? (record['changed_fields'] as readonly string[]) : [],
  );
  return Object.fromEntries(Object.entries(before).filter(([field]) => !named.has(field)));
}

type Values = Readonly<Record<string, string>>;

function valuesOf(record: FoundRecord, column: string): Values {
  const value = record[column];
  return typeof value === 'object' && !Array.isArray(value) ? (value as Values) : {};
}
