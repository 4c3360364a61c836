import type { Framework } from '../project/libraries.js';
import {
  databasesOf,
  frameworkOf,
  jwtLibrariesOf,
  openTelemetryOf,
  sessionLibrariesOf,
  unseenDatabasesOf,
} from '../project/libraries.js';
import type { PackageManager, Project } from '../project/project.js';

/** What a configuration depends on. */
export interface Findings {
  readonly name: string;
  readonly packageManager: PackageManager;
  readonly framework: Framework;
  readonly databases: readonly string[];
  readonly unseenDatabases: readonly string[];
  readonly jwtLibraries: readonly string[];
  readonly sessionLibraries: readonly string[];
  readonly openTelemetry: readonly string[];
  readonly isInstalled: boolean;
}

const TITLES: Readonly<Record<Framework, string>> = {
  nest: 'NestJS',
  next: 'Next.js',
  fastify: 'Fastify',
  koa: 'Koa',
  hono: 'Hono',
  express: 'Express',
  plain: 'Node.js without a framework',
};

export function findingsOf(project: Project | undefined): Findings {
  return {
    name: project?.manifest.name ?? '',
    packageManager: project?.packageManager ?? 'npm',
    framework: frameworkOf(project),
    databases: databasesOf(project),
    unseenDatabases: unseenDatabasesOf(project),
    jwtLibraries: jwtLibrariesOf(project),
    sessionLibraries: sessionLibrariesOf(project),
    openTelemetry: openTelemetryOf(project),
    isInstalled: project?.manifest.dependencies['audit-register'] !== undefined,
  };
}

/** `Express, pg, jsonwebtoken; npm`. */
export function describeFindings(findings: Findings): string {
  const { framework, databases, unseenDatabases, jwtLibraries, sessionLibraries, openTelemetry } = findings;
  const parts = [TITLES[framework], ...databases, ...unseenDatabases, ...jwtLibraries, ...sessionLibraries];
  return `${[...parts, ...openTelemetry].join(', ')}; ${findings.packageManager}`;
}

export function titleOf(framework: Framework): string {
  return TITLES[framework];
}
