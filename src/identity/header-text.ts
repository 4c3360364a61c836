import { isUtf8 } from 'node:buffer';

const LATIN1_ONLY = /[\u0080-\u00ff]/;

/** Node reads headers as Latin-1, whatever their bytes are; nearly everybody means UTF-8. */
export function headerText(value: string): string {
  if (!LATIN1_ONLY.test(value)) return value;
  const bytes = Buffer.from(value, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : value;
}
