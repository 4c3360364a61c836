/** A module that Node.js is told to load before the program. */
export interface Preload {
  readonly option: 'require' | 'import' | 'loader';
  readonly module: string;
}

const OPTIONS: Readonly<Record<string, Preload['option']>> = {
  '-r': 'require',
  '--require': 'require',
  '--import': 'import',
  '--loader': 'loader',
  '--experimental-loader': 'loader',
};

/**
 * The modules that NODE_OPTIONS, or the command line of a script, has loaded first.
 * Source: Node.js, documentation of NODE_OPTIONS: words by spaces, double quotes, `\` before a character.
 */
export function preloadsOf(text: string): readonly Preload[] {
  const words = [...text.matchAll(/(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+/g)].map(([word]) =>
    unquoted(word),
  );
  const preloads: Preload[] = [];
  for (const [index, word] of words.entries()) {
    const [name = '', ...value] = word.split('=');
    const option = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined;
    const module = value.length > 0 ? value.join('=') : words[index + 1];
    if (option !== undefined && module !== undefined) preloads.push({ option, module });
  }
  return preloads;
}

function unquoted(word: string): string {
  return word.replaceAll(/["']|\\(.)/g, '$1');
}
