import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listSpool } from '../../src/delivery/spool/list-spool.ts';
import { until } from '../process/condition.ts';
import { useInstallation } from '../process/launch.ts';
import type { Launched } from '../process/launch.ts';
import { startSpool } from '../commands/spool-process.ts';
import { partialSuccess } from './otlp-protobuf.ts';
import type { ReadLog } from './otlp-protobuf.ts';
import { PROTOBUF, startReceiver, taking } from './otlp-receiver.ts';
import type { OtlpReceiver } from './otlp-receiver.ts';

const installation = useInstallation();
const receivers: OtlpReceiver[] = [];
const apps: Launched[] = [];
let spool: string;

beforeEach(async () => {
  spool = join(await mkdtemp(join(tmpdir(), 'audit-register-otlp-')), 'spool');
});

afterEach(async () => {
  // NOTE: who lives writes into the spool while it is removed.
  for (const app of apps.splice(0)) await kill(app);
  for (const receiver of receivers.splice(0)) await receiver.close().catch(() => {});
  await rm(dirname(spool), { recursive: true, force: true });
});

async function receiverAt(port?: number): Promise<OtlpReceiver> {
  const receiver = await startReceiver(port);
  receivers.push(receiver);
  return receiver;
}

async function away(receiver: OtlpReceiver): Promise<void> {
  receivers.splice(receivers.indexOf(receiver), 1);
  await receiver.close();
}

function launch(
  port: number,
  delivery: string,
  fixture = 'server.cjs',
  env: Readonly<Record<string, string>> = {},
): Launched {
  const app = installation().launch(fixture, {
    env: {
      ...env,
      AUDIT_REGISTER_SINK: 'otlp',
      AUDIT_REGISTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      AUDIT_REGISTER_OTLP_TIMEOUT_MS: '60000',
      AUDIT_REGISTER_SPOOL_DIR: spool,
      AUDIT_REGISTER_DELIVERY: delivery,
    },
  });
  apps.push(app);
  return app;
}

const answered: string[] = [];

/** Every path here has been answered. */
async function visit(app: Launched, name: string): Promise<void> {
  const address = await app.address();
  for (let index = 0; index < 10; index++) {
    const path = `/${name}/${index}`;
    await fetch(address + path).then((response) => response.text());
    answered.push(path);
  }
}

async function kill(app: Launched): Promise<void> {
  app.child.kill('SIGKILL');
  await app.ended;
}

function pathsIn(logs: readonly ReadLog[]): string[] {
  return logs.flatMap(({ attributes }) => (attributes.get('url.path') as string | undefined) ?? []);
}

/** Records by chain and sequence. @throws where two of the same are not the same */
function records(logs: readonly ReadLog[]): ReadLog[] {
  const known = new Map<string, ReadLog>();
  for (const log of logs) {
    if (log.eventName !== 'audit.record') continue;
    const name = `${String(log.attributes.get('audit.chain.id'))}/${String(log.attributes.get('audit.sequence'))}`;
    const before = known.get(name);
    if (before === undefined) known.set(name, log);
    else expect({ ...log, resourceIndex: 0 }).toEqual({ ...before, resourceIndex: 0 });
  }
  return [...known.values()];
}

async function waitsInSpool(rows: number): Promise<void> {
  await until(`${rows} records in the spool`, async () => {
    const listed = await listSpool(spool);
    const segments = listed.flatMap(({ owners }) => owners.flatMap(({ segments }) => segments));
    return segments.reduce((sum, segment) => sum + segment.rows, 0) === rows;
  });
}

describe.each(['spool', 'write-ahead'])('In mode %s', (delivery) => {
  test('applications that are killed while the receiver is away, or has not answered, lose nothing', async () => {
    answered.length = 0;
    const first = await receiverAt();
    const { port } = first;
    const one = launch(port, delivery);
    await visit(one, 'there');
    await until('the first records', () => records(first.taken()).length >= 10);
    await waitsInSpool(0);
    await away(first);

    await visit(one, 'away');
    // NOTE: by write-ahead, what is answered is in the spool; by spool it follows within a write.
    if (delivery === 'spool') await waitsInSpool(10);
    await kill(one);

    const silent = await receiverAt(port);
    silent.answer = () => true;
    const two = launch(port, delivery);
    await until('records of the dead', () =>
      records(silent.taken()).some((log) => pathsIn([log])[0]?.startsWith('/away/')),
    );
    await visit(two, 'silent');
    if (delivery === 'spool') await waitsInSpool(20);
    await kill(two);
    await away(silent);

    const last = await receiverAt(port);
    launch(port, delivery);
    const all = (): ReadLog[] => [...first.taken(), ...silent.taken(), ...last.taken()];
    await until('all records', () => {
      const there = new Set(pathsIn([...first.taken(), ...last.taken()]));
      return answered.every((path) => there.has(path));
    });
    expect(pathsIn(records(all())).sort()).toEqual([...answered].sort());
    const certified = (): Set<string> =>
      new Set(
        [...first.taken(), ...last.taken()]
          .filter(({ eventName }) => eventName === 'audit.segment')
          .map(
            ({ attributes }) =>
              (JSON.parse(String(attributes.get('audit.seal'))) as { segment: string }).segment,
          ),
      );
    const segments = new Set(
      records(all()).map(({ attributes }) => String(attributes.get('audit.segment.id'))),
    );
    await until('a certificate for each segment', () =>
      [...segments].every((segment) => certified().has(segment)),
    );
  });
});

test('`spool flush` brings what a dead process left, and `spool redrive` what the receiver has rejected', async () => {
  answered.length = 0;
  const gone = await receiverAt();
  const { port } = gone;
  await away(gone);
  const app = launch(port, 'spool');
  await visit(app, 'left');
  await waitsInSpool(10);
  await kill(app);

  const receiver = await receiverAt(port);
  const isRejected = (log: ReadLog): boolean => pathsIn([log])[0] === '/left/3';
  receiver.answer = (request, response) => {
    if (!request.logs.some(isRejected)) return taking(request, response);
    response.writeHead(200, { 'content-type': PROTOBUF }).end(partialSuccess(1, 'not this one'));
    return false;
  };
  const env = {
    HOME: installation().directory,
    AUDIT_REGISTER_SINK: 'otlp',
    AUDIT_REGISTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    AUDIT_REGISTER_SPOOL_DIR: spool,
  };
  const flushed = await startSpool(['flush'], env).ended;
  expect(flushed).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/9 records delivered to the OTLP receiver at /),
  });
  expect(flushed.stdout).toContain('1 record refused, kept as dead letters');
  expect(pathsIn(records(receiver.taken())).sort()).toEqual(answered.filter((path) => path !== '/left/3'));

  receiver.answer = taking;
  const redriven = await startSpool(['redrive', '--all'], env).ended;
  expect(redriven).toMatchObject({ code: 0 });
  const record = receiver.taken().find(isRejected);
  expect(record?.attributes.get('audit.attributes')).toContain('audit.redriven.from');
});

test('An application that has finished has delivered its records and their certificates when it ends', async () => {
  const receiver = await receiverAt();
  const app = launch(receiver.port, 'spool', 'ends.cjs', { CASE: 'naturally' });
  expect(await app.ended).toMatchObject({ code: 0, stderr: '' });
  const sequences = records(receiver.taken()).map(({ attributes }) => attributes.get('audit.sequence'));
  expect(sequences).toEqual([1n]);
  const seals = receiver.taken().flatMap(({ attributes }) => attributes.get('audit.seal') ?? []);
  const said = seals.map((text) => JSON.parse(String(text)) as { kind: string; rows: number });
  // NOTE: the record is in the closing segment itself where the application ends before the first flush.
  expect(said.filter(({ kind }) => kind === 'closing')).toHaveLength(1);
  expect(said.reduce((sum, { rows }) => sum + rows, 0)).toBe(1);
  await waitsInSpool(0);
});

test('An application ends as it would, whatever its receiver does', async () => {
  const silent = await receiverAt();
  silent.answer = () => false;
  const app = launch(silent.port, 'spool');
  await visit(app, 'ends');
  await until('a request under way', () => silent.requests.length > 0);
  app.child.kill('SIGTERM');
  expect(await app.ended).toMatchObject({ code: null, signal: 'SIGTERM' });
});
