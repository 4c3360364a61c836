import { useEffect, useState } from 'preact/hooks';
import { addressOf } from '../api/api.js';
import type { Asked } from '../api/api.js';
import type { Described } from '../api/answers.js';

export interface Live {
  readonly phase: 'off' | 'connecting' | 'on' | 'broken';
  readonly delaySeconds: number | undefined;
  /** Why nothing comes, where the server knows. */
  readonly trouble: string;
}

interface Options {
  readonly isOn: boolean;
  /** To the letter what the list was asked for, its period too: the server knows by it what the list has. */
  readonly asked: Asked;
  /** The newest record that is known when it begins; what came after it is sent. */
  readonly after: () => string | undefined;
  readonly onRecord: (described: Described) => void;
}

const AGAIN_MILLIS = 5_000;

/** New records as they come (Server-Sent Events); after a broken connection the browser connects again by itself. */
export function useLive({ isOn, asked, after, onRecord }: Options): Live {
  const [live, setLive] = useState<Live>({ phase: 'off', delaySeconds: undefined, trouble: '' });
  const [attempt, setAttempt] = useState(0);
  const { search, from, to } = asked;
  useEffect(() => {
    if (!isOn) {
      setLive((now) => ({ ...now, phase: 'off' }));
      return undefined;
    }
    const source = new EventSource(addressOf('/api/live', { search, from, to, after: after() }));
    const say = (phase: Live['phase']): void => setLive((now) => ({ ...now, phase }));
    say('connecting');
    source.addEventListener('open', () => say('on'));
    let again: ReturnType<typeof setTimeout> | undefined;
    source.addEventListener('error', () => {
      say('broken');
      // After an answer that refuses, the browser gives up by itself.
      if (source.readyState === EventSource.CLOSED)
        again = setTimeout(() => setAttempt(attempt + 1), AGAIN_MILLIS);
    });
    source.addEventListener('record', ({ data }: MessageEvent<string>) =>
      onRecord(JSON.parse(data) as Described),
    );
    source.addEventListener('state', ({ data }: MessageEvent<string>) => {
      const { delaySeconds } = JSON.parse(data) as { delaySeconds: number };
      setLive((now) => ({ ...now, delaySeconds, phase: 'on', trouble: '' }));
    });
    source.addEventListener('failure', ({ data }: MessageEvent<string>) => {
      const { error } = JSON.parse(data) as { error: { message: string } };
      setLive((now) => ({ ...now, phase: 'broken', trouble: error.message }));
    });
    return () => {
      clearTimeout(again);
      source.close();
    };
  }, [isOn, search, from, to, attempt]);
  return live;
}
