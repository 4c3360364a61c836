'use strict';
// What it costs to read a text of SQL: `npm run build && node bench/sql-texts.cjs`. CPU milliseconds, medians.

const { createSqlAnalyser, loadSqlParser } = require('../dist/sql/analyse.js');

const MEGABYTE = 1_048_576;
const SIZES = [0.016, 0.25, 1, 20];
const ROUNDS = 5;

function list(piece, separator, characters) {
  return Array(Math.ceil(characters / (piece.length + separator.length)))
    .fill(piece)
    .join(separator);
}

const LONG = {
  'rows of an INSERT': (size) => `insert into t (id, a, b) values ${list("(7, 'abc def', $1)", ', ', size)}`,
  'keys of a DELETE': (size) => `delete from t where id in (${list('1234567', ',', size)})`,
  'one constant': (size) => `update t set a = '${'x'.repeat(size)}' where id = 1`,
  'branches of a CASE': (size) => `update t set a = case id ${list("when 12 then 'x'", ' ', size)} end`,
  'many statements': (size) => list("insert into t (a) values ('x')", ';', size),
  'nothing to leave out': (size) => `select ${list('a', ' + ', size)} from t`,
};

const SHORT = {
  'UPDATE, 3 constants': (n) => `update orders set note = 'note ${n}', total = ${n} where id = ${n}`,
  'INSERT, 20 rows': (n) =>
    `insert into lines (id, sku) values ${Array.from({ length: 20 }, (_, row) => `(${n}, 'sku ${row}')`)}`,
  'SELECT, a join': (n) =>
    `select o.*, lower(l.x) from orders o join lines l on l.id = o.id where o.id = ${n}`,
};

function cpuMillis(work) {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e3;
}

function median(values) {
  return values.sort((one, other) => one - other)[values.length >> 1];
}

function say(line) {
  process.stdout.write(`${line}\n`);
}

loadSqlParser().then(() => {
  say(`| text | ${SIZES.map((size) => `${size} MB`).join(' | ')} |`);
  for (const [name, make] of Object.entries(LONG)) {
    const cells = SIZES.map((size) => {
      const text = make(size * MEGABYTE);
      for (let round = 0; round < ROUNDS; round++) createSqlAnalyser()(make(10_000 + round));
      const runs = Array.from({ length: ROUNDS }, () => {
        const analyse = createSqlAnalyser();
        return cpuMillis(() => analyse(text));
      });
      return `${median(runs).toFixed(1)} ms`;
    });
    say(`| ${name} | ${cells.join(' | ')} |`);
  }
  const count = 20_000;
  for (const [name, make] of Object.entries(SHORT)) {
    const analyse = createSqlAnalyser();
    const texts = Array.from({ length: count }, (_, n) => make(n));
    const flood = cpuMillis(() => texts.forEach((text) => analyse(text)));
    const known = cpuMillis(() => texts.forEach(() => analyse(texts[count - 1])));
    say(
      `| ${name} | new: ${((flood * 1e3) / count).toFixed(1)} µs | known: ${((known * 1e3) / count).toFixed(2)} µs |`,
    );
  }
});
