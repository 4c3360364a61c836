import type { Framework } from '../project/libraries.js';
import { titleOf } from './findings.js';
import type { Findings } from './findings.js';

/** Where each framework leaves its user, which is looked at without a setting. */
const USERS: Readonly<Record<Framework, string>> = {
  nest: '`request.user`, as guards and passport leave it',
  next: 'nothing that can be seen from outside: give it a token, or call setActor() of audit-register/api',
  fastify: '`request.user`, as @fastify/jwt and @fastify/passport leave it',
  koa: '`ctx.state.user`, as koa-jwt and koa-passport leave it',
  hono: "`c.get('jwtPayload')` and `c.get('user')`",
  express: '`req.user`, `req.auth` and `req.session.user`',
  plain: '`request.user`, where your code sets it',
};

/** How a rule names the requests of an order. */
const ORDER_PATHS: Readonly<Record<Framework, string>> = {
  nest: "route: '/orders/:id'",
  next: "route: '/api/orders/[id]'",
  fastify: "route: '/orders/:id'",
  koa: "route: '/orders/:id'",
  hono: "route: '/orders/:id'",
  express: "route: '/orders/:id'",
  plain: "path: '/orders/*'",
};

/**
 * A configuration file that changes nothing yet: every setting in it is a comment, to be taken out of it where it is wanted.
 * It is CommonJS, which loads in any project, whatever its package.json says.
 */
export function configText(findings: Findings): string {
  const sections = [
    store(),
    delivery(),
    identity(findings),
    recording(findings),
    redaction(),
    statements(findings),
  ];
  return [...head(findings), 'module.exports = {', sections.join('\n\n'), '};', ''].join('\n');
}

function head({ name, framework }: Findings): string[] {
  const whose = name === '' ? 'this service' : name.replace(/\s+/g, ' ');
  return [
    `// What audit-register records of ${whose} (${titleOf(framework)}).`,
    '//',
    '// Every setting here is a comment and shows an example, or its default. Environment variables (AUDIT_REGISTER_…)',
    '// win over this file. `audit-register doctor` shows what is in force and where it comes from, `audit-register policy',
    '// test` what becomes of a request. Secrets stand in the environment, or in files that it names: …_FILE.',
    "/** @type {import('audit-register/api').ConfigFile} */",
  ];
}

function store(): string {
  return `  clickhouse: {
    // url: 'http://127.0.0.1:8123',
    // A user who may only insert (docs/production.md); the password is AUDIT_REGISTER_CLICKHOUSE_PASSWORD.
    // user: 'audit_writer',
    // database: 'audit',
  },`;
}

function delivery(): string {
  return `  delivery: {
    // No response ends before its record is on the disk, for all requests: 'write-ahead'. For some: see policy.
    // mode: 'spool',
    // A local disk that outlives the process. In a container: a volume.
    // spoolDirectory: '/var/lib/audit-register/spool',
  },`;
}

function identity({ framework, jwtLibraries, sessionLibraries }: Findings): string {
  const tokens =
    jwtLibraries.length === 0
      ? 'Tokens that come with requests (Authorization: Bearer) are verified where a key is known.'
      : `${jwtLibraries.join(', ')} checks tokens here. Without a key their word is taken as "claimed", with one as "verified".`;
  const sessions = sessionLibraries.length === 0 ? '' : ` Seen here: ${sessionLibraries.join(', ')}.`;
  return `  jwt: {
    // ${tokens}
    // jwksUrl: 'https://login.example.com/.well-known/jwks.json',
    // issuer: 'https://login.example.com/',
    // A shared secret is AUDIT_REGISTER_JWT_SECRET.
    // cookie: 'access_token',
  },

  session: {
    // The user of a session is found in ${USERS[framework]}.${sessions}
    // user: ['user', 'session.account'],
    // cookies: ['connect.sid', 'sessionId'],
  },

  // Proxies in front of this service: only what they say of the client's address is believed.
  // trustedProxies: ['loopback', '10.0.0.0/8'],`;
}

function recording({ framework }: Findings): string {
  const order = ORDER_PATHS[framework];
  return `  // Requests that leave no record. Health checks and static files that succeed leave none as it is.
  // ignorePaths: ['/internal/**'],

  capture: {
    // Statements that only read.
    // reads: false,
    // Bodies are kept where a rule asks for them: level 'request', or 'request_response'.
    // bodyMaxBytes: 16384,
  },

  // Rules of your own take the place of the default ones (docs/policy.md): the first that takes a record decides.
  // policy: [
  //   { name: 'health', level: 'none', match: { category: 'http', path: '/healthz', outcome: 'success' } },
  //   { name: 'orders', level: 'request', match: { category: 'http', ${order} }, delivery: 'write-ahead' },
  //   { name: 'reads', level: 'none', match: { category: 'db', action: 'read' } },
  //   { name: 'writes', level: 'request', match: { category: 'db' } },
  //   { name: 'rest', level: 'metadata' },
  // ],`;
}

function redaction(): string {
  return `  redact: {
    // Fields, columns and query parameters that are secret beside the usual ones (password, token, …).
    // keys: ['iban', '*_pin'],
  },`;
}

function statements({ databases, unseenDatabases }: Findings): string {
  const seen =
    databases.length === 0
      ? 'Statements are seen of pg, and of what stands on it (Prisma with @prisma/adapter-pg, Drizzle, Knex, …).'
      : `Statements are seen of ${databases.join(', ')}.`;
  const unseen =
    unseenDatabases.length === 0
      ? []
      : [`    // Those of ${unseenDatabases.join(', ')} are not seen (docs/limits.md).`];
  return [
    '  sql: {',
    `    // ${seen}`,
    ...unseen,
    '    // Primary keys that are not called id.',
    "    // tableKeys: ['orders=order_no', 'lines=order_id+line'],",
    '    // Functions of your own that only read.',
    "    // readFunctions: ['shop.price_of'],",
    '  },',
  ].join('\n');
}
