import { expect, test } from 'vitest';
import { readDashboards } from './read-dashboards.ts';
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
