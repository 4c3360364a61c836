import type { Project } from './project.js';

/** In the order in which they are looked for: Nest stands on Express or Fastify, Next on nothing of these. */
const FRAMEWORKS = {
  '@nestjs/core': 'nest',
  next: 'next',
  fastify: 'fastify',
  koa: 'koa',
  hono: 'hono',
  express: 'express',
} as const;

export type Framework = (typeof FRAMEWORKS)[keyof typeof FRAMEWORKS] | 'plain';

/** Drivers and ORMs whose statements are recorded, and what they send them with. */
const SEEN_DATABASES = [
  'pg',
  '@prisma/adapter-pg',
  'drizzle-orm',
  'knex',
  'sequelize',
  'typeorm',
  '@mikro-orm/postgresql',
  'kysely',
];

/** Drivers that go past `pg`. */
const UNSEEN_DATABASES = [
  'postgres',
  '@neondatabase/serverless',
  'mysql2',
  'mysql',
  'mariadb',
  'mongodb',
  'mongoose',
  'better-sqlite3',
  'tedious',
  'oracledb',
];

const JWT_LIBRARIES = [
  'jsonwebtoken',
  'jose',
  'express-jwt',
  'express-oauth2-jwt-bearer',
  '@fastify/jwt',
  'koa-jwt',
  'passport-jwt',
  '@nestjs/jwt',
  'fast-jwt',
  'next-auth',
  'jwks-rsa',
];

const SESSION_LIBRARIES = [
  'express-session',
  'cookie-session',
  'passport',
  '@fastify/session',
  '@fastify/passport',
  '@fastify/secure-session',
  'koa-session',
  'koa-passport',
  '@nestjs/passport',
  'iron-session',
];

/** OpenTelemetry SDKs that an application starts itself; their spans are joined. */
const OPEN_TELEMETRY = [
  '@opentelemetry/sdk-node',
  '@opentelemetry/sdk-trace-node',
  '@opentelemetry/sdk-trace-base',
  '@opentelemetry/sdk-trace',
  '@opentelemetry/auto-instrumentations-node',
  '@sentry/node',
  '@azure/monitor-opentelemetry',
  '@elastic/opentelemetry-node',
  '@splunk/otel',
  '@honeycombio/opentelemetry-node',
];

/** Agents with instrumentations of their own, which patch the same modules. */
const AGENTS = [
  'dd-trace',
  'newrelic',
  'elastic-apm-node',
  'applicationinsights',
  'appdynamics',
  '@instana/collector',
];

export const frameworkOf = (project: Project | undefined): Framework => {
  const found = present(project, Object.keys(FRAMEWORKS))[0] as keyof typeof FRAMEWORKS | undefined;
  return found === undefined ? 'plain' : FRAMEWORKS[found];
};

export const databasesOf = (project: Project | undefined): readonly string[] =>
  present(project, SEEN_DATABASES);
/** NOTE: Prisma's own engine speaks to the database past everybody. */
export function unseenDatabasesOf(project: Project | undefined): readonly string[] {
  const [prisma = ''] = present(project, ['@prisma/client']);
  const hasAdapter = present(project, ['@prisma/adapter-pg']).length > 0;
  const engine = prisma === '' || hasAdapter ? [] : ['@prisma/client without @prisma/adapter-pg'];
  return [...present(project, UNSEEN_DATABASES), ...engine];
}

export const jwtLibrariesOf = (project: Project | undefined): readonly string[] =>
  present(project, JWT_LIBRARIES);
export const sessionLibrariesOf = (project: Project | undefined): readonly string[] =>
  present(project, SESSION_LIBRARIES);
export const openTelemetryOf = (project: Project | undefined): readonly string[] =>
  present(project, OPEN_TELEMETRY);
export const agentsOf = (project: Project | undefined): readonly string[] => present(project, AGENTS);

/** NOTE: only what package.json asks for; what others bring along is theirs. */
function present(project: Project | undefined, names: readonly string[]): readonly string[] {
  return project === undefined
    ? []
    : names.filter((name) => Object.hasOwn(project.manifest.dependencies, name));
}
