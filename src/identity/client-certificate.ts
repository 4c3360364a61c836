import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import type { CertificateName } from '../config/config.js';
import { ANONYMOUS } from '../record/actor.js';
import type { Actor } from '../record/actor.js';
import { textOf } from './claims.js';
import type { IdentitySource } from './source.js';

type Certificate = Partial<DetailedPeerCertificate>;
type Subject = Readonly<Record<string, unknown>>;

/** Alternative names of these kinds are given to machines. */
const OF_MACHINES: ReadonlySet<CertificateName> = new Set(['dns', 'uri']);

/**
 * The subject of the certificate that the client showed. Node has checked it against the server's authorities; where it
 * did not pass and the server let it in all the same, the name is kept as `invalid`.
 *
 * @param names What of it is the identifier: the first that the certificate has.
 */
export function createClientCertificateSource(names: readonly CertificateName[]): IdentitySource {
  // Reading a certificate costs more than the rest of a request; a connection keeps its own.
  const actors = new WeakMap<object, Actor>();
  return {
    resolve: ({ connection }) => {
      if (connection === undefined || !isTls(connection)) return undefined;
      const known = actors.get(connection);
      if (known !== undefined) return known;
      const actor = actorOf(connection, names);
      // NOTE: a server may ask for the certificate after the first request.
      if (actor !== undefined) actors.set(connection, actor);
      return actor;
    },
  };
}

function isTls(connection: object): connection is TLSSocket {
  return typeof (connection as Partial<TLSSocket>).getPeerCertificate === 'function';
}

function actorOf(socket: TLSSocket, names: readonly CertificateName[]): Actor | undefined {
  // NOTE: null once the connection is gone, and empty where the client showed none.
  const certificate: Certificate | null = socket.getPeerCertificate();
  if (certificate === null || certificate.subject === undefined) return undefined;
  const subject = certificate.subject as unknown as Subject;
  const kind = names.find((name) => nameOf(certificate, subject, name) !== '');
  const isAuthorized = socket.authorized;
  return Object.freeze<Actor>({
    ...ANONYMOUS,
    type: kind !== undefined && OF_MACHINES.has(kind) ? 'service' : 'user',
    id: kind === undefined ? '' : nameOf(certificate, subject, kind),
    name: nameOf(certificate, subject, 'common-name'),
    authMethod: 'client-certificate',
    authIssuer: distinguishedName(certificate.issuer),
    assurance: isAuthorized && kind !== undefined ? 'trusted' : 'invalid',
    problem: isAuthorized
      ? kind === undefined
        ? 'certificate without a name'
        : ''
      : `certificate refused: ${textOf(socket.authorizationError)}`,
  });
}

function nameOf(certificate: Certificate, subject: Subject, name: CertificateName): string {
  switch (name) {
    case 'common-name':
      return partOf(subject, 'CN');
    case 'email':
      return alternativeName(certificate, 'email') || partOf(subject, 'emailAddress');
    case 'dns':
      return alternativeName(certificate, 'DNS');
    case 'uri':
      return alternativeName(certificate, 'URI');
    case 'subject':
      return distinguishedName(subject);
    case 'serial-number':
      return textOf(certificate.serialNumber);
    case 'fingerprint':
      return textOf(certificate.fingerprint256);
  }
}

/** A part can be there several times; joined, so that none of them can pass for the whole. */
function partOf(subject: Subject, name: string): string {
  const value = Object.hasOwn(subject, name) ? subject[name] : undefined;
  return textOf(Array.isArray(value) ? value.join('+') : value);
}

function distinguishedName(subject: object | undefined): string {
  if (subject === undefined) return '';
  return textOf(
    Object.keys(subject)
      .map((name) => `${name}=${partOf(subject as Subject, name)}`)
      .join(','),
  );
}

/** NOTE: Node puts a name that could pass for several between quotes, as JSON. */
const ALTERNATIVE_NAME = /([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/y;

/** The first alternative name of a kind. */
function alternativeName({ subjectaltname = '' }: Certificate, kind: string): string {
  ALTERNATIVE_NAME.lastIndex = 0;
  for (let match; (match = ALTERNATIVE_NAME.exec(subjectaltname)) !== null && match[0] !== '';) {
    const [, name, value = ''] = match;
    if (name === kind) return textOf(value.startsWith('"') ? unquoted(value) : value);
  }
  return '';
}

function unquoted(value: string): string {
  try {
    return String(JSON.parse(value));
  } catch {
    return value;
  }
}
