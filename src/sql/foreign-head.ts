import { readHead } from './head.js';
import { describe } from './statement.js';
import type { SqlAction, SqlStatement } from './statement.js';

/** First words of statements that PostgreSQL does not have, or has in another form. */
const HEADS: readonly (readonly [RegExp, SqlAction])[] = [
  [/^(?:create|alter|drop|rename|truncate table)\s+(?:user|role)\b/i, 'grant'],
  [/^(?:grant|revoke|set\s+(?:password|default\s+role))\b/i, 'grant'],
  [/^(?:create|alter|drop|rename)\b/i, 'schema'],
  [/^truncate\b/i, 'truncate'],
  [/^load\s+(?:data|xml)\b/i, 'copy_in'],
  [/^(?:show|describe|desc)\b/i, 'read'],
  [/^(?:lock|unlock)\s+tables?\b/i, 'lock'],
  [/^(?:call|do)\b/i, 'call'],
];
/** MySQL's REPLACE deletes the row that is there and inserts another; INTO may be left out. */
const REPLACE = /^replace\s+(?:(?:low_priority|delayed)\s+)*(?:into\s+)?(?=\S)/i;
const INSERT = /^insert\s+(?:(?:low_priority|delayed|high_priority|ignore)\s+)*(?:into\s+)?(?=\S)/i;
const DELETE = /^delete\s+(?:(?:low_priority|quick|ignore)\s+)*from\s+/i;
const UPDATE = /^update\s+(?:(?:low_priority|ignore)\s+)*(?=\S)/i;

const DEFINED =
  /^(?:create|alter|drop|rename|truncate)\s+(?:or\s+replace\s+)?(?:temporary\s+)?(?:table\s+|view\s+)(?:if\s+(?:not\s+)?exists\s+)?((?:[\w$]+|"[^"]+")(?:\.(?:[\w$]+|"[^"]+"))?)/i;

/** NOTE: names of MySQL do not become small. */
function definedTable(text: string): readonly string[] {
  const name = DEFINED.exec(text)?.[1];
  return name === undefined ? [] : [name.replaceAll('"', '')];
}

/** What the first words of a statement say that PostgreSQL's parser does not take. */
export function readForeignHead(translated: string, shown: string): SqlStatement {
  const text = translated.trimStart();
  const isReplace = REPLACE.test(text);
  const plain = text
    .replace(REPLACE, 'insert into ')
    .replace(INSERT, 'insert into ')
    .replace(DELETE, 'delete from ')
    .replace(UPDATE, 'update ');
  const head = readHead(plain);
  if (head === undefined) {
    if (isReplace) return describe('merge', []);
    const action = HEADS.find(([words]) => words.test(text))?.[1] ?? 'other';
    return describe(action, action === 'grant' ? [] : definedTable(text));
  }
  // NOTE: MySQL's upsert says so at its end.
  const isUpsert = isReplace || (head.action === 'create' && /\bon\s+duplicate\s+key\b/i.test(shown));
  return isUpsert ? { ...head, action: 'merge' } : head;
}
