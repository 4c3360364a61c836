import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Paths of an Ed25519 pair in PEM. */
export interface Keys {
  readonly privateKey: string;
  readonly publicKey: string;
  /** A key of somebody who forges. */
  readonly foreignKey: string;
}

/** Made here rather than by `keygen`, whose own tests show that its keys are such keys. */
export async function makeKeys(directory: string): Promise<Keys> {
  const keys = {
    privateKey: join(directory, 'signing-key.pem'),
    publicKey: join(directory, 'signing-key.pub.pem'),
    foreignKey: join(directory, 'foreign-key.pem'),
  };
  const own = generateKeyPairSync('ed25519');
  const foreign = generateKeyPairSync('ed25519');
  const secret = { type: 'pkcs8', format: 'pem' } as const;
  await writeFile(keys.privateKey, own.privateKey.export(secret), { mode: 0o600 });
  await writeFile(keys.publicKey, own.publicKey.export({ type: 'spki', format: 'pem' }));
  await writeFile(keys.foreignKey, foreign.privateKey.export(secret), { mode: 0o600 });
  return keys;
}
