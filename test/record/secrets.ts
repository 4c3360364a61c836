import fc from 'fast-check';

/** A secret and the part of it that must never be seen, not even by half. */
export interface Secret {
  readonly kind: string;
  readonly text: string;
  readonly core: string;
}

const of = (kind: string, text: string, core = text): Secret => ({ kind, text, core });

const HEADER = 'eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9';
const BODY = 'eyJzdWIiOiJhZGEtbG92ZWxhY2UiLCJpYXQiOjE3OTU4Mzk0ODN9';
const SIGNATURE = 'QmFzZTY0U2lnbmF0dXJlT2ZUaGVUb2tlbi1fMTIzNDU2Nzg5MA';
const KEY_BODY = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj';

/** Secrets that show by their shape what they are. */
export const SHAPED: readonly Secret[] = [
  of('JWT', `${HEADER}.${BODY}.${SIGNATURE}`),
  of('JWT without signature', `${HEADER}.${BODY}.`, `${HEADER}.${BODY}`),
  of(
    'JWE',
    'eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0..AxY8DCtDaGlsbGljb3RoZQ.KDlTtXchhZTGufMYmOYGS4HffxPSUrfmqCHXaI9wOGY.U0m_YmjN04DJvceFICbCVQ',
  ),
  of(
    'PEM',
    `-----BEGIN RSA PRIVATE KEY-----\n${KEY_BODY}\n${KEY_BODY.toLowerCase()}\n-----END RSA PRIVATE KEY-----`,
    KEY_BODY,
  ),
  of('bearer', 'Bearer 2YotnFZFEjr1zCsicMWpAA', '2YotnFZFEjr1zCsicMWpAA'),
  of('basic', 'Basic YWRhOmNvcnJlY3QtaG9yc2UtYmF0dGVyeQ==', 'YWRhOmNvcnJlY3QtaG9yc2UtYmF0dGVyeQ'),
  of('AWS', 'AKIAIOSFODNN7EXAMPLQ', 'IOSFODNN7EXAMPLQ'),
  of('Google', 'AIzaSyD4dk3-Kx0_9aBcDeFgHiJkLmNoPqRsTuV', 'SyD4dk3-Kx0_9aBcDeFgHiJkLmNoPqRsTuV'),
  of('GitHub', 'ghp_16C7e42F292c6912E7710c838347Ae178B4a', '16C7e42F292c6912E7710c838347Ae178B4a'),
  of('GitLab', 'glpat-XyZ9aBcDeFgHiJkLmNoP', 'XyZ9aBcDeFgHiJkLmNoP'),
  of('Slack', 'xoxb-123456789012-abcdefABCDEF012345', '123456789012-abcdefABCDEF012345'),
  of('Stripe', 'sk_live_4eC39HqLyjWDarjtT1zdp7dc', '4eC39HqLyjWDarjtT1zdp7dc'),
  of('card', '4111 1111 1111 1111', '1111 1111 1111'),
  of('card with hyphens', '5500-0055-5555-5559', '0055-5555-5559'),
  of('American Express', '378282246310005', '282246310005'),
  of('IBAN', 'DE89 3704 0044 0532 0130 00', '3704 0044 0532 0130'),
  of('URL', 'postgres://shop:c0rrect-h0rse@db.internal:5432/shop', 'c0rrect-h0rse'),
  of('bcrypt', '$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW', 'R9h/cIPz0gi.URNNX3kh2OPST9'),
  of('argon2', '$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzYWx0$RdescudvJCsgt3ub+b27Zg', 'c29tZXNhbHRzYWx0'),
];

/** Secrets that only their name gives away. */
export const NAMED: readonly Secret[] = [
  of('word', 'hunter2-hunter2'),
  of('sentence', 'correct horse battery staple'),
  of('signs', 'p@ss/w0rd?#%41&+= ;,x'),
  of('quotes', 'it\'s "quoted" \\ back\\slash'),
  of('letters', 'pässwörd-密码-🔑-geheim'),
  of('number', '90210735'),
];

export const SECRET_NAMES = [
  'password',
  'newPassword',
  'user_password_hash',
  'X-Api-Key',
  'clientSecret',
  'AccessToken',
  'cvv2',
  'user[password]',
  'a.b.secret',
  'set-cookie',
] as const;

/** A text around another; what it must be read with is given with it. */
export type Wrap = (inner: string) => string;

const escapeAll = (text: string): string =>
  [...text]
    .map((unit) => (unit < '\u0080' ? `\\u00${hex(unit)}` : JSON.stringify(unit).slice(1, -1)))
    .join('');
const percentAll = (text: string): string =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
const hex = (unit: string): string => unit.charCodeAt(0).toString(16).padStart(2, '0');

/** Ways to write a text into another. */
export const WRAPS: Readonly<Record<string, Wrap>> = {
  'as it is': (inner) => inner,
  'in JSON': (inner) => JSON.stringify({ id: 7, note: inner, more: [1, null, true] }),
  'deep in JSON': (inner) => JSON.stringify({ a: [{ b: { c: ['x', inner] } }] }, null, 2),
  'as a name in JSON': (inner) => JSON.stringify({ [inner]: 1 }),
  'in JSON with escapes': (inner) => `{"note":"${escapeAll(inner)}"}`,
  'in JSON in JSON': (inner) => JSON.stringify({ payload: JSON.stringify({ note: inner }) }),
  'in a query': (inner) => `page=3&next=${encodeURIComponent(inner)}&sort=up`,
  'in a query, twice encoded': (inner) => `next=${encodeURIComponent(encodeURIComponent(inner))}`,
  'wholly percent-encoded': percentAll,
  'in a sentence': (inner) => `could not use "${inner}" today`,
  'in a comment': (inner) => `/* ${inner} */ select 1`,
};

export const anyWraps = fc.array(fc.constantFrom(...Object.keys(WRAPS)), { maxLength: 2 });

/** Ways to name a value. */
export const NAMINGS: Readonly<Record<string, (name: string, value: string) => string>> = {
  'in JSON': (name, value) => JSON.stringify({ id: 1, [name]: value, z: 2 }),
  'in JSON, as a list': (name, value) => JSON.stringify({ list: [{ [name]: ['x', { y: value }] }] }),
  'in JSON that is cut': (name, value) => JSON.stringify({ id: 1, [name]: value }).slice(0, -3),
  'in a query': (name, value) => `id=1&${encodeURIComponent(name)}=${encodeURIComponent(value)}&z=2`,
  'in a query by plus signs': (name, value) =>
    String(new URLSearchParams({ id: '1', [name]: value, z: '2' })),
  'in a query with an encoded name': (name, value) => `id=1&${percentAll(name)}=${percentAll(value)}`,
  'in a header': (name, value) => `Accept: x\r\n${name}: ${value}\r\nHost: y`,
  'in a setting': (name, value) => `host=db ${name}=${JSON.stringify(value)} port=5432`,
};

/** Fewest characters of a secret in a row that count as seen. */
const SEEN_CHARACTERS = 7;

/** The piece of a secret that a text still shows, also to who takes its escapes away; undefined for none. */
export function leakOf({ core }: Secret, shown: string): string | undefined {
  const texts = [shown];
  for (let round = 0; round < 3; round++) texts.push(plainly(texts.at(-1) as string));
  for (let at = 0; at + SEEN_CHARACTERS <= core.length; at++) {
    const piece = core.slice(at, at + SEEN_CHARACTERS);
    if (texts.some((text) => text.includes(piece))) return piece;
  }
  return undefined;
}

function plainly(text: string): string {
  const unescaped = text.replace(/\\u([\da-f]{4})/gi, (_, unit: string) =>
    String.fromCharCode(Number.parseInt(unit, 16)),
  );
  try {
    return decodeURIComponent(unescaped).replaceAll('\\\\', '\\').replaceAll('\\"', '"');
  } catch {
    return unescaped.replaceAll('\\\\', '\\').replaceAll('\\"', '"');
  }
}
