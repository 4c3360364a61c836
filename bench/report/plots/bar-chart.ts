import { formatNumber } from '../format.ts';
import type { Spread } from '../statistics.ts';

export interface Bar {
  readonly label: string;
  readonly spread: Spread;
  /** Ours stands out. */
  readonly isOurs: boolean;
}

export interface BarGroup {
  readonly title: string;
  readonly bars: readonly Bar[];
}

export interface BarChart {
  readonly title: string;
  readonly unit: string;
  readonly digits: number;
  readonly groups: readonly BarGroup[];
}

const WIDTH = 780;
const LABELS = 290;
const VALUES = 90;
const TITLE = 44;
const GROUP_TITLE = 26;
const BAR = 16;
const ROW = 23;
const GAP = 14;
const AXIS = 40;
const TICKS = 5;

/** Colours that can be read on white and on black alike. */
const INK = '#7d8590';
const OURS = '#1f9d6b';
const OTHERS = '#7c93b8';
const LINES = '#7d859055';

/** Bars from zero, by group on one axis, each with the lowest and the highest of its rounds. */
export function barChart({ title, unit, digits, groups }: BarChart): string {
  const highest = Math.max(...groups.flatMap(({ bars }) => bars.map(({ spread }) => spread.max)), 0);
  const step = niceStep(highest / TICKS);
  const end = Math.max(step, Math.ceil(highest / step) * step);
  const x = (value: number): number => LABELS + (Math.max(0, value) / end) * (WIDTH - LABELS - VALUES);
  const parts: string[] = [];
  let y = TITLE;
  for (const group of groups) {
    parts.push(text(LABELS, y + 14, group.title, 'start', ' font-weight="600"'));
    y += GROUP_TITLE;
    for (const bar of group.bars) {
      parts.push(barOf(bar, x, y, digits));
      y += ROW;
    }
    y += GAP;
  }
  const ticks = Array.from({ length: Math.round(end / step) + 1 }, (_, index) => index * step);
  const grid = ticks.map((tick) => line(x(tick), TITLE, x(tick), y, LINES));
  const numbers = ticks.map((tick) => text(x(tick), y + 16, formatNumber(tick, digitsOf(step)), 'middle'));
  const height = y + AXIS;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" font-family="system-ui, -apple-system, 'Segoe UI', sans-serif" font-size="13" fill="${INK}">`,
    `<title>${escape(title)}</title>`,
    text(0, 20, title, 'start', ' font-size="16" font-weight="600"'),
    ...grid,
    ...parts,
    ...numbers,
    text(LABELS, y + 34, unit, 'start'),
    '</svg>',
    '',
  ].join('\n');
}

function barOf(
  { label, spread, isOurs }: Bar,
  x: (value: number) => number,
  y: number,
  digits: number,
): string {
  const { median, min, max } = spread;
  const middle = y + BAR / 2;
  const width = round(x(median) - x(0));
  return [
    text(LABELS - 10, y + 12.5, label, 'end', isOurs ? ' font-weight="600"' : ''),
    `<rect x="${LABELS}" y="${y}" width="${width}" height="${BAR}" fill="${isOurs ? OURS : OTHERS}"/>`,
    ...(min === max ? [] : [line(x(min), middle, x(max), middle, INK)]),
    text(round(x(Math.max(median, max)) + 8), y + 12.5, formatNumber(median, digits), 'start'),
  ].join('\n');
}

function text(x: number, y: number, content: string, anchor: string, more = ''): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}"${more}>${escape(content)}</text>`;
}

function line(x1: number, y1: number, x2: number, y2: number, colour: string): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${colour}"/>`;
}

/** 1, 2 or 5 times a power of ten. */
function niceStep(atLeast: number): number {
  if (atLeast <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(atLeast));
  const factor = [1, 2, 5, 10].find((factor) => factor * power >= atLeast) ?? 10;
  return factor * power;
}

function digitsOf(step: number): number {
  return Math.max(0, -Math.floor(Math.log10(step)));
}

function round(value: number): number {
  return Number(value.toFixed(1));
}

function escape(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
