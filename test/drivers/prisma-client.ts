import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const MODULES = join(import.meta.dirname, '../../node_modules');

const SCHEMA = `
generator client {
  provider     = "prisma-client"
  output       = "./client"
  engineType   = "client"
  runtime      = "nodejs"
  moduleFormat = "cjs"
}
datasource db {
  provider = "postgresql"
}
model Writes {
  id      Int    @id @default(autoincrement())
  request String
  step    String
  @@map("writes")
}
`;

export interface PrismaClientFiles {
  /** Path of the module to import. */
  readonly entry: string;
  remove(): Promise<void>;
}

/** Generates a Prisma client for the table `writes` in a directory of its own, without the network. */
export async function generatePrismaClient(): Promise<PrismaClientFiles> {
  const directory = await mkdtemp(join(tmpdir(), 'audit-register-prisma-'));
  await symlink(MODULES, join(directory, 'node_modules'));
  await writeFile(join(directory, 'schema.prisma'), SCHEMA);
  await promisify(execFile)(
    process.execPath,
    [join(MODULES, 'prisma/build/index.js'), 'generate', '--schema', 'schema.prisma'],
    {
      cwd: directory,
      // NOTE: the command downloads its schema engine, which generating does not use, unless it is told of one.
      env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' },
    },
  );
  return {
    entry: join(directory, 'client/client.ts'),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
