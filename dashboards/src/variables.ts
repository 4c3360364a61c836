import {
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { FILTERS, chosen, keyOf } from './filter.ts';
import type { ListFilter } from './filter.ts';
import { bySurest, whoIsExactly } from './phrases.ts';
import { DATA_SOURCE, PLUGIN_VERSION, RECORDS } from './store.ts';

/** More cannot be chosen from; those with the most records come first. */
const MAX_OPTIONS = 500;

/** The variables by which every dashboard of the register can be narrowed, each offering what the ones before leave. */
export function filterVariables() {
  return [...placeVariables(), ...contentVariables()];
}

/** Where something happened: what is known of a process, too. */
export function placeVariables() {
  return [
    filterVariable('environment', 'Environment', orNone('environment'), []),
    filterVariable('service', 'Service', orNone('service_name'), ['environment']),
  ];
}

function contentVariables() {
  return [
    filterVariable('actor', 'Actor', whoIsExactly(), ['environment', 'service']),
    filterVariable('target', 'Table', orNone('target_type'), ['environment', 'service']),
    textVariable(
      'search',
      'Search',
      'Words that are looked for in statement, path, error, table, key and actor; all of them must be there.',
    ),
  ];
}

/** A box to write into; queries read it with `textOf`. */
export function textVariable(
  name: string,
  label: string,
  description: string,
  usual = '',
): TextBoxVariableBuilder {
  return new TextBoxVariableBuilder(name)
    .label(label)
    .description(description)
    .defaultValue(usual)
    .current({ selected: true, text: usual, value: usual });
}

function orNone(column: string): string {
  return `if(${column} = '', '(none)', toString(${column}))`;
}

/** @param shown What stands for a value in the list, as the surest record says it: a forger cannot rename anybody. */
function filterVariable(
  filter: ListFilter,
  label: string,
  shown: string,
  within: readonly ListFilter[],
): QueryVariableBuilder {
  // The data source takes the first column for the value and the second for what is shown.
  const rawSql = `SELECT
  ${keyOf(FILTERS[filter])} AS value,
  ${bySurest(shown)} AS text
FROM ${RECORDS}
WHERE ${chosen(...within)}
GROUP BY value
ORDER BY count() DESC
LIMIT ${MAX_OPTIONS}`;
  return (
    new QueryVariableBuilder(filter)
      .label(label)
      .datasource(DATA_SOURCE)
      .query({ refId: filter, editorType: 'sql', pluginVersion: PLUGIN_VERSION, rawSql })
      .refresh(VariableRefresh.OnTimeRangeChanged)
      .sort(VariableSort.AlphabeticalCaseInsensitiveAsc)
      .multi(true)
      .includeAll(true)
      // A link may name somebody beyond the options.
      .allowCustomValue(true)
      .current({ selected: true, text: ['All'], value: ['$__all'] })
  );
}
