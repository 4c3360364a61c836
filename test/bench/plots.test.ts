import { expect, test } from 'vitest';
import { barChart } from '../../bench/report/plots/bar-chart.ts';
import { drawPlots } from '../../bench/report/plots/plots.ts';

const bar = (label: string, median: number) => ({
  label,
  spread: { median, min: median, max: median },
  isOurs: false,
});
const chart = (...medians: number[]) =>
  barChart({
    title: 'Costs <of> a & b',
    unit: 'µs',
    digits: 1,
    groups: [{ title: 'all', bars: medians.map((median, index) => bar(`bar ${index}`, median)) }],
  });

const widths = (svg: string): readonly number[] =>
  [...svg.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, width]) => Number(width));

test('bars begin at zero: twice the value is twice the length', () => {
  const [one = 0, two = 0, none = -1] = widths(chart(30, 60, 0));
  expect(two).toBeGreaterThan(100);
  expect(two / one).toBeCloseTo(2, 1);
  expect(none).toBe(0);
});

test('less than nothing has no length', () => {
  expect(widths(chart(-5, 10))[0]).toBe(0);
});

test('texts are text, whatever they hold', () => {
  expect(chart(1)).toContain('<title>Costs &lt;of&gt; a &amp; b</title>');
});

test('no colour depends on what is behind: none is near white or black', () => {
  const colours = [...chart(1, 2).matchAll(/(?:fill|stroke)="#([0-9a-f]{6})/g)].map(
    ([, colour = '']) => colour,
  );
  expect(colours.length).toBeGreaterThan(2);
  for (const colour of colours) {
    const [red = 0, green = 0, blue = 0] = (colour.match(/../g) ?? []).map((part) =>
      Number.parseInt(part, 16),
    );
    const brightness = (red * 299 + green * 587 + blue * 114) / 255_000;
    expect(brightness, colour).toBeGreaterThan(0.3);
    expect(brightness, colour).toBeLessThan(0.7);
  }
});

test('what was not measured is not drawn', () => {
  expect(drawPlots({})).toEqual([]);
});

test('a plot says in words what it shows', () => {
  const start = (millis: number) => {
    const reading = { millis, rssBytes: 1 };
    return [{ atFirstLine: reading, atFirstAnswer: reading, problems: [] }];
  };
  const [plot, ...others] = drawPlots({ startup: { bare: start(20), audit: start(90) } });
  expect(others).toEqual([]);
  expect(plot?.alt).toContain('audit-register 70');
});
