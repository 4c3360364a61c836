import { canonicalJson, sealHash } from './seal.js';

/** Rows of a sealed segment that the store does not have, and why. */
export interface MissingRows {
  readonly first: number;
  readonly last: number;
  /** `refused` rows are dead letters; `damaged` ones could not be read from the spool. */
  readonly reason: string;
}

/** What is said beside a seal when not all of its rows were delivered. */
export interface Shortfall {
  readonly missing: readonly MissingRows[];
  /** SHA-256 in hex over the rows that were delivered. */
  readonly digest: string;
}

/** A row of `audit.segments`, written once the store has the rows. */
export interface Certificate {
  /** The text of the seal. */
  readonly seal: string;
  /** {@link shortfallText}; empty where everything was delivered, as it nearly always is. */
  readonly shortfall: string;
  /** JWS with detached content (`header..signature`) over {@link signedText}; empty without a key. */
  readonly signature: string;
  /** `kid` of the key: RFC 7638 thumbprint; empty without a key. */
  readonly keyId: string;
}

export function shortfallText(shortfall: Shortfall | undefined): string {
  return shortfall === undefined ? '' : canonicalJson(shortfall);
}

/**
 * By which a store knows the insert of a certificate again. NOTE: of what is said, and by whose key, not of the segment alone:
 * a wrong certificate that came first must not swallow the right one. Not of the signature, which may be another each time.
 */
export function certificateToken(segmentId: string, { seal, shortfall, keyId }: Certificate): string {
  return `${segmentId}/seal/${sealHash(`${keyId}\n${signedText(seal, shortfall)}`)}`;
}

/** What a signature is made over. */
export function signedText(seal: string, shortfall: string): string {
  return shortfall === '' ? seal : `${seal}\n${shortfall}`;
}
