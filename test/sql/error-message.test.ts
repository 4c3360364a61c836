import { describe, expect, it } from 'vitest';
import { withoutQuotedValue, withoutSentValues } from '../../src/sql/error-message.ts';

describe('a message of PostgreSQL', () => {
  it.for([
    ['invalid input syntax for type uuid: "hunter2"', 'invalid input syntax for type uuid: ?'],
    ['invalid input syntax for type integer: "hun"ter2"', 'invalid input syntax for type integer: ?'],
    ['invalid input syntax for type integer: "hunter2', 'invalid input syntax for type integer: ?'],
    ['value "hunter2" is out of range for type integer', 'value ? is out of range for type integer'],
    ['invalid value for parameter "TimeZone": "hunter2"', 'invalid value for parameter "TimeZone": ?'],
    ['syntax error at or near "hunter2"', 'syntax error at or near ?'],
    ['time zone "hunter2" not recognized', 'time zone ? not recognized'],
    ['Key (email)=(hunter2) already exists.', 'Key (email)=(?) already exists.'],
    ['Key (lower(email), b)=(hun)ter2, x) already exists.', 'Key (lower(email), b)=(?) already exists.'],
    ['Key (email)=(hunter2', 'Key (email)=(?)'],
    ['Failing row contains (1, hunter2, null).', 'Failing row contains (?)'],
    ["Duplicate entry 'hun'ter2' for key 'users.email'", "Duplicate entry ? for key 'users.email'"],
    ['E11000 duplicate key error dup key: { email: "hunter2" }', 'E11000 duplicate key error dup key: ?'],
    ["Truncated incorrect DOUBLE value: 'hunter2'", 'Truncated incorrect DOUBLE value: ?'],
    ["Incorrect date value: 'hunter2' for column 'a'", "Incorrect date value: ? for column 'a'"],
    ['The duplicate key value is (hun)ter2, 1).', 'The duplicate key value is (?).'],
    [
      "Conversion failed when converting the varchar value 'hun'ter2' to data type int.",
      'Conversion failed when converting the varchar value ? to data type int.',
    ],
    ["column 'a'. Truncated value: 'hun'ter2'.", "column 'a'. Truncated value: ?."],
    ["XPATH syntax error: '~hunter2'", 'XPATH syntax error: ?'],
  ] as const)('%s loses its value', ([message, shown]) => {
    expect(withoutQuotedValue(message)).toBe(shown);
  });

  it.for([
    'duplicate key value violates unique constraint "users_pkey"',
    'null value in column "email" of relation "users" violates not-null constraint',
    'insert or update on table "orders" violates foreign key constraint "orders_user_fkey"',
    'relation "shop.users" does not exist',
    'password authentication failed for user "shop"',
    'division by zero',
    '',
  ])('%s keeps its names', (message) => {
    expect(withoutQuotedValue(message)).toBe(message);
  });

  it('of the application loses what was sent with the statement', () => {
    const message = `the password hunter2 of ann's account 90210735 is weak, says "rule"`;
    expect(withoutSentValues(message, "select f('ann''s', $1, $2)", ['hunter2', '90210735', 'of'])).toBe(
      'the password ? of ? account ? is weak, says ?',
    );
  });

  it.for([
    "/* it's */ select boom('LEAK')",
    'select boom($$LEAK$$)',
    'select boom($a$LEAK$a$)',
    "select boom(E'LE\\x41\\113')",
    "select boom(U&'L\\0045AK')",
    "select boom('LE'\n'AK')",
    "select boom('LEAK",
  ])('of the application loses the constants of %s', (text) => {
    expect(withoutSentValues('boom: LEAK', text, [])).toBe('boom: ?');
  });

  it('of the application loses numbers that were sent', () => {
    expect(withoutSentValues('no 471147 in 12', 'select boom(471147, 12)', [])).toBe('no ? in 12');
  });

  it.for([
    ['ungültige Eingabesyntax für Typ uuid: »LEAK«', 'ungültige Eingabesyntax für Typ uuid: ?'],
    ['syntaxe en entrée invalide : « LEAK »', 'syntaxe en entrée invalide : ?'],
    ['„LEAK“ fehlt', '? fehlt'],
    ['“LEAK” 缺失', '? 缺失'],
  ] as const)('in another language loses its value: %s', ([message, shown]) => {
    expect(withoutQuotedValue(message)).toBe(shown);
  });

  it('of a megabyte costs no more than its beginning', () => {
    for (const piece of ['"', '" ', "'", 'key (', 'table "', 'key (a)=(']) {
      expect(withoutSentValues(piece.repeat(200_000), piece.repeat(200_000), [piece]).length).toBeLessThan(
        16_385,
      );
    }
  });
});
