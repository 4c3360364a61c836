import { ConfigurationError } from '../errors.js';
import { OPERATION_TYPES, UNKNOWN_OPERATION, isOperation } from '../record/operations.js';
import type { DeliveryMode, PolicyLevel, PolicyRule, RuleMatch } from './config.js';
import type { Values } from './load.js';
import { nearest } from './nearest.js';

const LEVELS: readonly PolicyLevel[] = ['none', 'metadata', 'request', 'request_response'];

const DELIVERIES: readonly NonNullable<PolicyRule['delivery']>[] = ['spool', 'write-ahead'];

const CONDITIONS: readonly (keyof RuleMatch)[] = [
  'category',
  'action',
  'outcome',
  'method',
  'path',
  'route',
  'operation',
  'status',
  'actor',
  'role',
  'tenant',
  'service',
  'table',
  'rows',
];

const HEALTH_PATHS = [
  '/health',
  '/healthz',
  '/health/**',
  '/livez',
  '/readyz',
  '/ready',
  '/ping',
  '/metrics',
  '/favicon.ico',
  '/robots.txt',
];
const STATIC_FILES = '*.{js,mjs,css,map,png,jpg,jpeg,gif,svg,ico,webp,avif,woff,woff2,ttf}';
// NOTE: `/**/` takes at least one directory.
const STATIC_PATHS = [`/${STATIC_FILES}`, `/**/${STATIC_FILES}`];

/** `/users/7.css` is no file where `/users/:id` takes it, or `/users/[id]`. */
const WITHOUT_PARAMETERS = [':', '\\['].flatMap((sign) => [`!**/*${sign}*`, `!**/*${sign}*/**`]);

/** What applies when the file has no policy of its own. A failed or denied request is recorded whatever its path. */
const DEFAULT_RULES: readonly PolicyRule[] = [
  { name: 'calls', level: 'none', match: { category: ['call'] } },
  {
    name: 'health-and-metrics',
    level: 'none',
    match: { category: ['http'], method: ['GET', 'HEAD'], outcome: ['success'], path: HEALTH_PATHS },
  },
  {
    name: 'static-files',
    level: 'none',
    match: {
      category: ['http'],
      method: ['GET', 'HEAD'],
      outcome: ['success'],
      path: STATIC_PATHS,
      route: WITHOUT_PARAMETERS,
    },
  },
  { name: 'http', level: 'metadata', match: { category: ['http'] } },
  { name: 'reads', level: 'none', match: { category: ['db'], action: ['read'] } },
  { name: 'writes', level: 'request', match: { category: ['db'] } },
  { name: 'auth', level: 'metadata', match: { category: ['auth'] } },
  { name: 'app', level: 'request', match: { category: ['app'] } },
  { name: 'everything', level: 'metadata', match: {} },
];

/** The rules in force: the plain lists first (a deny wins), then the file's own policy or the default one. */
export function readPolicy(values: Values, fromFile: unknown): readonly PolicyRule[] {
  const mode = values.text('delivery.mode') as DeliveryMode;
  const own = fromFile === undefined ? DEFAULT_RULES : readRules(fromFile, mode);
  return [...listRules(values), ...own];
}

/** The plain lists and switches as rules. */
function listRules(values: Values): PolicyRule[] {
  const rules: PolicyRule[] = [];
  const add = (name: string, level: PolicyLevel, match: RuleMatch): number =>
    rules.push({ name, level, match });
  if (values.flag('capture.calls')) add('capture-calls', 'metadata', { category: ['call'] });
  if (!values.flag('capture.http')) add('capture-http-off', 'none', { category: ['http'] });
  if (!values.flag('capture.db')) add('capture-db-off', 'none', { category: ['db', 'transaction'] });
  if (!values.flag('capture.auth')) add('capture-auth-off', 'none', { category: ['auth'] });
  const ignorePaths = values.list('ignorePaths');
  if (ignorePaths.length > 0) add('ignore-paths', 'none', { category: ['http'], path: ignorePaths });
  const ignoreTables = values.list('ignoreTables');
  if (ignoreTables.length > 0) add('ignore-tables', 'none', { category: ['db'], table: ignoreTables });
  const onlyPaths = values.list('onlyPaths');
  if (onlyPaths.length > 0)
    add('only-paths', 'none', { category: ['http'], path: onlyPaths.map((glob) => `!${glob}`) });
  const onlyTables = values.list('onlyTables');
  if (onlyTables.length > 0)
    add('only-tables', 'none', { category: ['db'], table: onlyTables.map((glob) => `!${glob}`) });
  if (values.flag('capture.reads')) add('capture-reads', 'metadata', { category: ['db'], action: ['read'] });
  return rules;
}

function readRules(value: unknown, mode: DeliveryMode): readonly PolicyRule[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw new ConfigurationError(
      '"policy" must be a list with at least one rule; remove it to get the default policy.',
    );
  }
  return value.map((entry: unknown, index) => readRule(entry, `"policy[${index}]"`, mode));
}

function readRule(entry: unknown, origin: string, mode: DeliveryMode): PolicyRule {
  if (typeof entry !== 'object' || entry === null)
    throw new ConfigurationError(`${origin} must be an object.`);
  const { level, name, match = {}, delivery, ...rest } = entry as Record<string, unknown>;
  const stray = Object.keys(rest)[0];
  if (stray !== undefined)
    throw new ConfigurationError(`${origin} has "${stray}"; a rule has name, level, match and delivery.`);
  if (!LEVELS.includes(level as PolicyLevel)) {
    throw new ConfigurationError(
      `${origin}.level must be one of ${LEVELS.join(', ')}, not ${JSON.stringify(level)}.`,
    );
  }
  if (typeof match !== 'object' || match === null || Array.isArray(match))
    throw new ConfigurationError(`${origin}.match must be an object.`);
  return {
    name: typeof name === 'string' && name !== '' ? name : origin.replace(/"/g, ''),
    level: level as PolicyLevel,
    match: readMatch(match as Record<string, unknown>, origin),
    ...(delivery === undefined
      ? {}
      : { delivery: readRuleDelivery(delivery, level as PolicyLevel, origin, mode) }),
  };
}

function readRuleDelivery(
  given: unknown,
  level: PolicyLevel,
  origin: string,
  mode: DeliveryMode,
): NonNullable<PolicyRule['delivery']> {
  const delivery = DELIVERIES.find((known) => known === given);
  if (delivery === undefined) {
    throw new ConfigurationError(
      `${origin}.delivery must be spool or write-ahead, not ${JSON.stringify(given)}; memory is for all records or none, by AUDIT_REGISTER_DELIVERY.`,
    );
  }
  if (level === 'none')
    throw new ConfigurationError(
      `${origin} has the level none, so it has no records to deliver: remove its delivery.`,
    );
  if (mode === 'memory') {
    throw new ConfigurationError(
      `${origin}.delivery needs the spool, which AUDIT_REGISTER_DELIVERY=memory does without; set it to spool.`,
    );
  }
  return delivery;
}

function readMatch(given: Record<string, unknown>, origin: string): RuleMatch {
  const match: Record<string, readonly string[]> = {};
  for (const [condition, value] of Object.entries(given)) {
    if (!CONDITIONS.includes(condition as keyof RuleMatch)) {
      const near = nearest(condition, CONDITIONS);
      throw new ConfigurationError(
        `${origin}.match has no condition "${condition}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
      );
    }
    const items = (Array.isArray(value) ? value : [value]).map((item) =>
      typeof item === 'number' ? String(item) : item,
    );
    if (items.length === 0 || items.some((item) => typeof item !== 'string' || item === '')) {
      throw new ConfigurationError(`${origin}.match.${condition} must be a text or a list of texts.`);
    }
    if (condition === 'operation') requireOperations(items as string[], `${origin}.match.operation`);
    match[condition] = items as string[];
  }
  return match;
}

/** NOTE: a name without its type would match nothing, and nobody would notice. */
function requireOperations(patterns: readonly string[], origin: string): void {
  const wrong = patterns.find((pattern) => !mayBeOperation(pattern.replace(/^!/, '')));
  if (wrong === undefined) return;
  throw new ConfigurationError(
    `${origin} can match nothing with "${wrong}": the name of an operation is "${UNKNOWN_OPERATION}", or begins with ${OPERATION_TYPES.map((type) => `${type}.`).join(', ')}`,
  );
}

/** Of a pattern with a wildcard in its type nothing is said. */
function mayBeOperation(pattern: string): boolean {
  const [type = ''] = pattern.split('.', 1);
  return /[^a-z]/i.test(type) || isOperation(pattern);
}
