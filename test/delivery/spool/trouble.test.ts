import { expect, test } from 'vitest';
import { explainTrouble } from '../../../src/delivery/spool/trouble.ts';

test.each([
  ['ENOSPC', /^no \(free space, or set AUDIT_REGISTER_SPOOL_DIR\)$/],
  ['EDQUOT', /^no \(free space, or set AUDIT_REGISTER_SPOOL_DIR\)$/],
  ['ERR_ACCESS_DENIED', /^no \(--allow-fs-write=<directory>\/\*, or set AUDIT_REGISTER_SPOOL_DIR\)$/],
  ['EACCES', /^no \(mend it, or set AUDIT_REGISTER_SPOOL_DIR\)$/],
])('What is said of %s names what mends it', (code, text) => {
  expect(explainTrouble(Object.assign(new Error('no'), { code }))).toMatch(text);
});

test('What is not of the file system explains itself', () => {
  expect(explainTrouble(new Error('the spool is full (AUDIT_REGISTER_SPOOL_MAX_BYTES)'))).toBe(
    'the spool is full (AUDIT_REGISTER_SPOOL_MAX_BYTES)',
  );
});
