import type { JSX } from 'preact';
import type { SegmentState } from '../api/answers.js';
import { Badge, soundnessMeaning } from '../words/meaning.js';
import { Text } from '../words/visible.js';

export function Soundness({ segment }: { segment: SegmentState | undefined }): JSX.Element {
  const meaning = soundnessMeaning(segment?.state ?? 'unverified');
  return (
    <p class="soundness">
      <Badge meaning={meaning} /> <span>{meaning.explained}</span>
      {segment === undefined ? null : (
        <span class="quiet-text">
          {segment.isCertified
            ? `${segment.promised} records promised, ${segment.stored} there`
            : 'Not certified'}
          ,{' '}
          {segment.isSigned ? (
            <>
              signed with key <Text of={segment.keyId} />
            </>
          ) : (
            'not signed'
          )}
          .
        </span>
      )}
    </p>
  );
}
