import type { Search } from '../search/search.js';
import type { Reading } from './reading.js';

const EVERYTHING: Search = { text: '', from: '', to: '' };

/** An empty result says whether the register is empty, or what to ask instead. */
export async function tellNothingFound(
  search: Search,
  { reader, store, say }: Pick<Reading, 'reader' | 'store' | 'say'>,
): Promise<void> {
  const { records } = await reader.page(EVERYTHING, { limit: 1 });
  if (records.length === 0) {
    say(
      `There is no record yet in ${store.database} of ${store.url}. Start the application with NODE_OPTIONS="--require audit-register" and make a request, or see what is in the way: audit-register doctor.`,
    );
    return;
  }
  const has = [
    ...(search.text === '' ? [] : ['with fewer words']),
    ...(search.from === '' && search.to === '' ? [] : ['over a longer period (--from, --to)']),
  ];
  say(
    `Nothing was found. Look ${has.join(' or ')}; \`audit-register query --limit 5\` shows the newest records.`,
  );
}
