import type { JwtFindings, JwtSample } from '../measure/jwt.ts';
import { formatSpread, formatTable } from './format.ts';
import { spreadOf } from './statistics.ts';

const HEADER = ['algorithm', 'new token, µs', 'of that on the event loop, µs', 'known token, µs'];

export function jwtReport(findings: JwtFindings): string {
  const rows = Object.entries(findings).map(([algorithm, samples]) => {
    const cell = (figure: keyof JwtSample, digits: number): string =>
      formatSpread(spreadOf(samples.map((sample) => sample[figure])), digits);
    return [algorithm, cell('uncachedMicros', 1), cell('uncachedMainMicros', 1), cell('cachedMicros', 2)];
  });
  return [
    '## Tokens',
    'CPU of one verification by the verifier of the preload, 50 at once: of a token that it sees for the first time (every one is another user’s), and of one that it knows. A token is new once in ten minutes, so that all but the first request of a user are of the last column.',
    formatTable(HEADER, rows),
  ].join('\n\n');
}
