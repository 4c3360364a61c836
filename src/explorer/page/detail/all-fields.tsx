import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { FoundRecord, FoundValue } from '../../../search/search.js';
import { COLUMNS } from '../../../record/columns.js';
import type { Filter } from '../records/filters.js';
import { useReading } from '../view/reading.js';
import { findField } from '../search/use-completions.js';
import { CopyButton } from '../words/copy.js';
import { Filterable } from '../words/value-menu.js';
import { Text } from '../words/visible.js';

const GROUPS = [...new Set(COLUMNS.map(({ group }) => group))];
const MEANINGS = new Map<string, string>(COLUMNS.map(({ name, meaning }) => [name, meaning]));
const LONG = new Set(['db_statement', 'request_body', 'response_body', 'error_message']);
const ZERO_UUID = '00000000-0000-0000-0000-000000000000';

/** Every column by its own name, so that what is seen here can be asked for in SQL as well. */
export function AllFields({ record }: { record: FoundRecord }): JSX.Element {
  const [showsEmpty, setShowsEmpty] = useState(false);
  const known = new Set<string>(COLUMNS.map(({ name }) => name));
  const others = Object.keys(record).filter((name) => !known.has(name));
  return (
    <section class="part all-fields">
      <h3>
        All fields
        <label class="show-empty">
          <input type="checkbox" checked={showsEmpty} onChange={() => setShowsEmpty(!showsEmpty)} />
          empty ones too
        </label>
      </h3>
      {GROUPS.map((group) => (
        <FieldGroup
          key={group}
          title={group}
          names={COLUMNS.filter((column) => column.group === group).map(({ name }) => name)}
          record={record}
          showsEmpty={showsEmpty}
        />
      ))}
      <FieldGroup title="known later" names={others} record={record} showsEmpty={showsEmpty} />
    </section>
  );
}

interface GroupProps {
  readonly title: string;
  readonly names: readonly string[];
  readonly record: FoundRecord;
  readonly showsEmpty: boolean;
}

function FieldGroup({ title, names, record, showsEmpty }: GroupProps): JSX.Element | null {
  const shown = names.filter((name) => record[name] !== undefined && (showsEmpty || !isEmpty(record[name])));
  if (shown.length === 0) return null;
  return (
    <div class="field-group">
      <h4>{title}</h4>
      <dl>
        {shown.map((name) => (
          <div class="field" key={name}>
            <dt title={MEANINGS.get(name)}>{name}</dt>
            <dd>
              <Value name={name} value={record[name] ?? ''} />
              <CopyButton text={plain(record[name] ?? '')} what={name} />
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function Value({ name, value }: { name: string; value: FoundValue }): JSX.Element {
  const { session } = useReading();
  const field = findField(session?.fields ?? [], name);
  const filterBy = (text: string): Filter | undefined =>
    field === undefined || text === '' || LONG.has(name)
      ? undefined
      : { label: name, field: field.name, value: text };
  if (Array.isArray(value)) {
    return (
      <ul class="values">
        {(value as readonly string[]).map((item, index) => (
          <li key={index}>
            <Filterable filter={filterBy(item)}>
              <Text of={item} lines />
            </Filterable>
          </li>
        ))}
      </ul>
    );
  }
  if (typeof value === 'object') {
    return (
      <ul class="values">
        {Object.entries(value).map(([key, item]) => (
          <li key={key}>
            <span class="map-key">
              <Text of={key} />
            </span>{' '}
            <Text of={item} lines />
          </li>
        ))}
      </ul>
    );
  }
  const text = String(value);
  return (
    <span class={LONG.has(name) ? 'long' : undefined}>
      <Filterable filter={filterBy(text)}>
        <Text of={text} lines={LONG.has(name)} />
      </Filterable>
    </span>
  );
}

function isEmpty(value: FoundValue | undefined): boolean {
  if (
    value === undefined ||
    value === '' ||
    value === 0 ||
    value === '0' ||
    value === ZERO_UUID ||
    value === false
  )
    return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function plain(value: FoundValue): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
