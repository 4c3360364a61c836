import { statSync } from 'node:fs';
import type { Config, JwtIssuerConfig } from '../../config/config.js';
import { PREFIX } from '../../config/settings.js';
import { createKeySource } from '../../identity/key-source.js';
import { countRemoteKeys, reasonOf } from '../../identity/remote-keys.js';
import { parseSigningKey } from '../../integrity/keys.js';
import { countOf } from '../../log.js';
import type { Project } from '../project/project.js';
import { jwtLibrariesOf } from '../project/libraries.js';
import { failure, good, oneLine, skipped, warning } from './check.js';
import type { Check, Verdict } from './check.js';

const FOR_OTHERS = 0o077;

export function keyChecks(
  { signingKey, identity }: Config,
  env: NodeJS.ProcessEnv,
  project: Project | undefined,
): readonly Check[] {
  const issuers = identity.issuers.map((issuer, index): Check => ({
    name: identity.issuers.length === 1 ? 'token keys' : `token keys ${index + 1}`,
    run: () => checkIssuer(issuer),
  }));
  const withoutIssuer: Check = { name: 'token keys', run: () => judgeKeyless(identity, project) };
  return [
    { name: 'signing key', run: () => checkSigningKey(signingKey, env[`${PREFIX}SIGNING_KEY_FILE`]) },
    ...(issuers.length === 0 ? [withoutIssuer] : issuers),
  ];
}

function checkSigningKey(signingKey: string, file: string | undefined): Verdict {
  if (signingKey === '')
    return warning(
      'none: what was delivered is not signed, so who may write to ClickHouse may also forge',
      'make one with `audit-register keygen`, and set AUDIT_REGISTER_SIGNING_KEY_FILE',
    );
  const { keyId } = parseSigningKey(signingKey);
  if (file !== undefined && process.platform !== 'win32' && (statSync(file).mode & FOR_OTHERS) !== 0)
    return warning(`key ${keyId}; others may read its file`, `chmod 600 ${file}`);
  return good(`key ${keyId}`);
}

async function checkIssuer(issuer: JwtIssuerConfig): Promise<Verdict> {
  const whose = issuer.issuer === '' ? 'any issuer' : issuer.issuer;
  createKeySource(issuer, { now: () => 0, onProblem: () => {} });
  if (issuer.jwksUrl === undefined)
    return good(`${issuer.secret === undefined ? 'a public key' : 'a shared secret'} for ${whose}`);
  const url = new URL(issuer.jwksUrl);
  const place = url.origin + url.pathname;
  try {
    const count = await countRemoteKeys(url);
    return count === 0
      ? failure(`${place} has no keys`, 'see AUDIT_REGISTER_JWT_JWKS_URL')
      : good(`${countOf(count, 'key')} at ${place} for ${whose}`);
  } catch (error) {
    return failure(
      `${place} does not give its keys (${oneLine(reasonOf(error))}): records would say "claimed"`,
      'see AUDIT_REGISTER_JWT_JWKS_URL, and that this machine may reach it',
    );
  }
}

function judgeKeyless(
  { dangerouslySkipVerification, sources }: Config['identity'],
  project: Project | undefined,
): Verdict {
  if (!sources.includes('jwt')) return skipped('tokens are not asked (AUDIT_REGISTER_IDENTITY_SOURCES)');
  const mend = 'set AUDIT_REGISTER_JWT_JWKS_URL, _PUBLIC_KEY or _SECRET';
  if (dangerouslySkipVerification)
    return warning('tokens are not verified (AUDIT_REGISTER_JWT_DANGEROUSLY_SKIP_VERIFICATION)', mend);
  const [library] = jwtLibrariesOf(project);
  if (library !== undefined)
    return warning(`none, and this project uses ${library}: what a token says is taken as "claimed"`, mend);
  return skipped(`none: what a token says is taken as "claimed" (${mend})`);
}
