import type { Config } from '../../config/config.js';
import type { Delivery } from '../../delivery/delivery.js';
import { createGuard } from '../../guard.js';
import { RequestIdentity } from '../../identity/request-identity.js';
import type { Log } from '../../log.js';
import { NO_TRACE } from '../../pipeline/facts.js';
import type {
  BodyFacts,
  QueryFacts,
  RequestEnd,
  RequestStart,
  StatementResult,
} from '../../pipeline/facts.js';
import { Operations } from '../../pipeline/operations.js';
import { createPipeline } from '../../pipeline/pipeline.js';
import type { Pipeline } from '../../pipeline/pipeline.js';
import { createPolicy } from '../../policy/policy.js';
import type { Decision } from '../../policy/policy.js';
import { ANONYMOUS } from '../../record/actor.js';
import type { Actor } from '../../record/actor.js';
import { nowMicros } from '../../record/clock.js';
import type { AuditRecord } from '../../record/record.js';
import { uuidV7 } from '../../record/uuid.js';
import type { Subject } from './subject.js';

/** What the policy decided about one record, and what then became of it. */
export interface Evaluation {
  readonly category: string;
  readonly action: string;
  readonly target: string;
  readonly decision: Decision;
  /** As it would be stored; undefined where the policy or `beforeRecord` leaves it out. */
  readonly record: AuditRecord | undefined;
}

const SYSTEM = 'postgresql';
/** Statements of a text, at most. */
const MOST_STATEMENTS = 100;
const COMMAND = /^\s*(insert|update|delete|merge|select)\b/i;

/**
 * Sends a subject through the pipeline of the preload, with a delivery that only keeps what it is given. So nothing is
 * decided, redacted or left out here in another way than there.
 */
export async function evaluate(subject: Subject, given: Config, log: Log): Promise<readonly Evaluation[]> {
  const name = subject.service === '' ? given.service.name : subject.service;
  const config: Config = { ...given, service: { ...given.service, name } };
  const evaluations = new Map<string, Evaluation>();
  const decide = createPolicy(config.policy, config.delivery.mode);
  const policy = (record: AuditRecord): Decision => {
    const decision = decide(record);
    const { category, action, target_type: type, target_id: id } = record;
    const target = [type, id].filter((part) => part !== '').join(' / ');
    evaluations.set(record.record_id, { category, action, target, decision, record: undefined });
    return decision;
  };
  const keep = (record: AuditRecord): void => {
    const evaluation = evaluations.get(record.record_id);
    if (evaluation !== undefined) evaluations.set(record.record_id, { ...evaluation, record });
  };
  const pipeline = createPipeline(config, keepingDelivery(keep), createGuard(log), policy);
  await send(subject, pipeline);
  return [...evaluations.values()];
}

async function send(subject: Subject, pipeline: Pipeline): Promise<void> {
  const request = subject.path === '' ? undefined : requestOf(subject, pipeline);
  if (subject.sql !== '') {
    pipeline.query(queryOf(subject, request));
    // NOTE: until the parser is loaded, statements wait for it.
    await new Promise<void>((resolve) => pipeline.whenRead(resolve));
  }
  if (request !== undefined) pipeline.request(request, endOf(subject));
  pipeline.settle();
}

function requestOf(subject: Subject, { authRouteOf }: Pipeline): RequestStart {
  const { method, path, route, operations } = subject;
  const source = { resolve: () => actorOf(subject) };
  return {
    id: uuidV7(),
    method,
    rawUrl: path,
    headers: {},
    sourceAddress: '',
    sourcePort: 0,
    correlationId: '',
    protocol: '1.1',
    identity: new RequestIdentity(
      { sources: [source], beforeSession: 0, session: undefined, remarking: [] },
      { headers: {} },
    ),
    route,
    authRoute: authRouteOf(method, path),
    toldByCode: new Set(),
    annotations: undefined,
    operations: operationsOf(operations),
  };
}

function operationsOf(asked: readonly string[]): Operations | undefined {
  const operations = asked.length === 0 ? undefined : new Operations();
  for (const operation of asked) {
    const [type = '', ...name] = operation.split('.');
    operations?.note({ type, names: [name.join('.')] });
  }
  return operations;
}

function endOf({ status, body }: Subject): RequestEnd {
  return {
    ...now(),
    trace: NO_TRACE,
    status,
    ending: 'answered',
    requestSize: body.length,
    responseSize: 0,
    ...(body !== '' && { requestBody: bodyOf(body) }),
  };
}

function bodyOf(body: string): BodyFacts {
  const isForm = !/^\s*[[{"]/.test(body) && body.includes('=');
  return {
    read: (maxBytes) => ({
      text: body.slice(0, maxBytes),
      isForm,
      isCut: body.length > maxBytes,
      refusal: '',
    }),
    release: () => {},
  };
}

function queryOf(subject: Subject, request: RequestStart | undefined): QueryFacts {
  const { sql, parameters, rows } = subject;
  const actor = request === undefined ? actorOf(subject) : undefined;
  const work = { actor, principal: undefined, suspension: undefined, annotations: undefined };
  // NOTE: the server's word for a statement counts only where its text does not say what it does.
  const command = COMMAND.exec(sql)?.[1]?.toUpperCase() ?? 'OK';
  const result: StatementResult = { command, rowCount: rows, rows: [], fields: [] };
  return {
    ...now(),
    trace: NO_TRACE,
    request,
    ...(actor !== undefined && { work }),
    system: SYSTEM,
    namespace: '',
    backendPid: 0,
    text: sql,
    parameters,
    parameterCount: parameters.length,
    results: Array.from({ length: MOST_STATEMENTS }, () => result),
    connection: {},
  };
}

function actorOf({ actor, assurance, roles, tenant }: Subject): Actor | undefined {
  if (actor === '') return undefined;
  return {
    ...ANONYMOUS,
    type: 'user',
    id: actor,
    roles,
    tenantId: tenant,
    authMethod: 'jwt',
    assurance,
  };
}

function now(): { startedAtNanos: bigint; durationMicros: number } {
  return { startedAtNanos: BigInt(nowMicros()) * 1_000n, durationMicros: 0 };
}

function keepingDelivery(keep: (record: AuditRecord) => void): Delivery {
  const counts = { appended: 0, delivered: 0, dropped: 0, dead: 0, waiting: 0, unsaved: 0 };
  return {
    append: (record) => {
      keep(record);
      return true;
    },
    whenSafe: (use) => use(true),
    canRecord: () => true,
    canSave: () => true,
    flush: () => Promise.resolve(true),
    close: () => Promise.resolve(true),
    hasten: () => {},
    saveNow: () => {},
    counts: () => counts,
  };
}
