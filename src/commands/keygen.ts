import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ConfigurationError, EXIT, messageOf } from '../errors.js';
import { parseSigningKey } from '../integrity/keys.js';
import type { AddCommand, CommandContext } from './command.js';

export interface KeygenOptions {
  readonly out: string;
}

export const addKeygenCommand: AddCommand = (program, run) => {
  program
    .command('keygen')
    .description('make a key that signs what was delivered; a file that is there is never written over')
    .option('--out <file>', 'private key; the public one goes to <file>.pub', 'audit-register.key')
    .action((options: KeygenOptions) => run((context) => runKeygen(options, context)));
};

/** Writes both keys and prints what is to be set. */
export async function runKeygen({ out }: KeygenOptions, context: CommandContext): Promise<number> {
  const path = resolve(context.cwd, out);
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const privatePem = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
  const publicPem = publicKey.export({ format: 'pem', type: 'spki' }) as string;
  await writeNew(path, privatePem, 0o600);
  await writeNew(`${path}.pub`, publicPem, 0o644);
  context.print(`key ${parseSigningKey(privatePem).keyId}`);
  context.say(`The processes sign with it:\n  AUDIT_REGISTER_SIGNING_KEY_FILE=${path}`);
  context.say(
    `Whoever verifies needs the public key only:\n  audit-register verify --public-key ${path}.pub`,
  );
  context.say('Keep the public key where whoever writes to ClickHouse cannot change it.');
  return EXIT.good;
}

async function writeNew(path: string, text: string, mode: number): Promise<void> {
  try {
    await writeFile(path, text, { mode, flag: 'wx' });
  } catch (cause) {
    const isThere = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    throw new ConfigurationError(
      isThere
        ? `${path} is there already and is left as it is: a key that is lost cannot be made again. Give another --out.`
        : `the key cannot be written: ${messageOf(cause)}. Give another --out.`,
      { cause },
    );
  }
}
