import { expect, test } from 'vitest';
import { allPanels, readDashboards } from './read-dashboards.ts';
import { schemaErrors } from './schema-check.ts';

const DASHBOARDS = readDashboards();

test('every dashboard is one of the types that Grafana itself is made with', () => {
  expect(schemaErrors(DASHBOARDS)).toEqual([]);
});

test('an option that Grafana does not know would be refused, and a value that it does not know', () => {
  const text = JSON.stringify(DASHBOARDS[0]);
  const misspelt = JSON.parse(text.replace('"graphMode":', '"graphMood":'));
  expect(schemaErrors([misspelt]).join()).toContain('graphMood');
  const unheardOf = JSON.parse(text.replace('"colorMode":"value"', '"colorMode":"rainbow"'));
  expect(schemaErrors([unheardOf]).join()).toContain('rainbow');
  const misplaced = JSON.parse(text.replace('"fiscalYearStartMonth":0', '"fiscalYearStartMonth":"May"'));
  expect(schemaErrors([misplaced])).not.toEqual([]);
});

/** What @grafana/schema 13.2.3 knows of the parts below and 11.6.0 does not, by comparing the two packages. */
const NEWER_THAN_11_6 = new Set([
  'actions',
  'autoMigrateFrom',
  'clustering',
  'disableKeyboardEvents',
  'dynamicHeight',
  'enableFacetedFilter',
  'facetedFilterPinned',
  'frozenColumns',
  'maxRowHeight',
  'multiLane',
  'oneClick',
  'overflow',
  'pageSize',
  'placement',
  'reducers',
  'regexApplyTo',
  'showValues',
  'sortable',
  'staticOptions',
  'staticOptionsOrder',
  'styleField',
  'timeCompare',
  'valuesFormat',
  'wrapHeaderText',
  'yBucketScale',
]);

test('no dashboard needs what Grafana 11.6 does not know', () => {
  for (const dashboard of DASHBOARDS) {
    const own = allPanels(dashboard).map(({ options = {}, fieldConfig }) => {
      // Legends have had a place for long; links and annotations have not.
      const { legend: _legend, ...others } = options;
      return [others, fieldConfig?.defaults.custom ?? {}];
    });
    const keys = keysIn([own, dashboard.templating, dashboard.links]);
    expect(keys.filter((key) => NEWER_THAN_11_6.has(key))).toEqual([]);
  }
});

function keysIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = Array.isArray(value) ? [] : Object.keys(value);
  return [...own, ...Object.values(value).flatMap(keysIn)];
}
