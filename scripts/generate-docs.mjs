// Writes what of the documentation comes from tables in the code; with --check says whether it is up to date.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { SETTINGS, PREFIX } = require('../dist/config/settings.js');
const { COLUMNS } = require('../dist/record/columns.js');
const { OTLP_PLACES } = require('../dist/record/otlp-attributes.js');
const { FIELDS } = require('../dist/search/fields.js');

const { createProgram } = require('../dist/commands/program.js');
const { GUIDES } = require('../dist/commands/guides.js');
const { describeOption, exitCodesOf, leavesOf, pathOf } = require('../dist/commands/guide.js');

const code = (text) => `\`${text}\``;
const cell = (text) => text.replaceAll('|', '\\|');

/** A page or README holds its generated table between two such comments. */
const marker = (name, edge) => `<!-- ${name}: ${edge}, written by npm run docs -->`;

function settingsTable() {
  const rows = SETTINGS.map((setting) => {
    const fallback = setting.default === '' ? '' : code(setting.default);
    const variable = code(PREFIX + setting.variable) + (setting.secret ? ' (or `…_FILE`)' : '');
    const choices = setting.choices ? ` One of ${setting.choices.map(code).join(', ')}.` : '';
    return `| ${variable} | ${code(setting.key)} | ${fallback} | ${cell(setting.meaning + choices)} |`;
  });
  return ['| variable | key in the file | default | meaning |', '| --- | --- | --- | --- |', ...rows];
}

function columnsTables() {
  const groups = [...new Set(COLUMNS.map((column) => column.group))];
  return groups.flatMap((group, index) => [
    ...(index === 0 ? [] : ['']),
    `## ${group[0].toUpperCase()}${group.slice(1)}`,
    '',
    '| column | type | meaning |',
    '| --- | --- | --- |',
    ...COLUMNS.filter((column) => column.group === group).map(
      ({ name, type, meaning }) => `| ${code(name)} | ${code(type)} | ${cell(meaning)} |`,
    ),
  ]);
}

function placesTable() {
  const wheres = { attributes: 'attribute', resource: 'attribute of the resource', field: 'field' };
  const rows = Object.entries(OTLP_PLACES).map(
    ([column, place]) => `| ${code(column)} | ${code(place.name)} | ${wheres[place.in]} |`,
  );
  return ['| column | name | where |', '| --- | --- | --- |', ...rows];
}

function fieldsTable() {
  const rows = FIELDS.map(({ name, aliases, meaning, values }) => {
    const choices = values === undefined ? '' : ` ${values.map(code).join(', ')}.`;
    return `| ${code(name)} | ${aliases.map(code).join(', ')} | ${cell(meaning + choices)} |`;
  });
  return ['| field | also | meaning |', '| --- | --- | --- |', ...rows];
}

function commandsReference() {
  const program = createProgram({ print() {}, say() {} }, async () => {});
  let group = '';
  return leavesOf(program).flatMap((command) => {
    const own = groupOf(command, program);
    const heading = own === group ? [] : [`## ${own.replace(/:$/, '')}`, ''];
    group = own;
    return [...heading, ...commandPage(command), ''];
  });
}

function groupOf(command, program) {
  return command.parent === program ? command.helpGroup() : groupOf(command.parent, program);
}

function commandPage(command) {
  const path = pathOf(command);
  const { examples, finding } = GUIDES[path] ?? { examples: [] };
  const options = command.options.filter(({ hidden }) => !hidden);
  const parts = [
    ...command.registeredArguments.map((each) => [argumentName(each), each.description]),
    ...options.map((option) => [option.flags, describeOption(option)]),
  ];
  const sentence = command.description();
  return [
    `### ${path}`,
    '',
    `${sentence[0].toUpperCase()}${sentence.slice(1)}.`,
    '',
    '```sh',
    synopsis(command, path),
    ...examples.flatMap(({ line, means }) => ['', `# ${means}`, line]),
    '```',
    ...(parts.length === 0 ? [] : ['', '| option | meaning |', '| --- | --- |']),
    ...parts.map(([name, meaning]) => `| ${code(cell(name))} | ${cell(meaning)} |`),
    '',
    `Exit codes: ${exitCodesOf({ examples, finding })
      .map(([number, meaning]) => `${code(number)} ${meaning}`)
      .join(' · ')}.`,
  ];
}

function synopsis(command, path) {
  const given = command.registeredArguments.map(argumentName);
  const options = command.options.some(({ hidden }) => !hidden) ? ['[options]'] : [];
  return ['audit-register', path, ...options, ...given].join(' ');
}

function argumentName(argument) {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

function withTable(path, name, lines) {
  const content = readFileSync(path, 'utf8');
  const [begin, end] = [marker(name, 'begin'), marker(name, 'end')];
  const [from, to] = [content.indexOf(begin), content.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`${path} has no place for the table of ${name}`);
  return `${content.slice(0, from)}${begin}\n\n${lines.join('\n')}\n\n${content.slice(to)}`;
}

const pages = [
  ['README.md', 'settings', settingsTable()],
  ['docs/record.md', 'columns', columnsTables()],
  ['docs/otlp.md', 'otlp', placesTable()],
  ['docs/search.md', 'fields', fieldsTable()],
  ['docs/commands.md', 'commands', commandsReference()],
];

for (const [path, name, lines] of pages) {
  const wanted = withTable(path, name, lines);
  if (!process.argv.includes('--check')) writeFileSync(path, wanted);
  else if (readFileSync(path, 'utf8') !== wanted) {
    process.exitCode = 1;
    console.error(`${path} is not what the code says; run \`npm run docs\``);
  }
}
