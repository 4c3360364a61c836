import { SpanKind } from '@opentelemetry/api';
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace';
import type { Pipeline } from '../../pipeline/pipeline.js';
import type { Work } from '../../pipeline/facts.js';
import type { Actor } from '../../record/actor.js';
import { readDatabaseSpan } from './database-span.js';
import type { Guard } from '../../guard.js';
import type { PgCapture } from '../pg/pg.js';
import { serverSpanEnded } from '../reporter.js';
import { currentScope, currentWork } from '../request-scope.js';
import type { RequestScope } from '../request-scope.js';

const SCOPE = Symbol('audit-register.scope');
const ACTOR = Symbol('audit-register.actor');
const WORK = Symbol('audit-register.work');

type ScopedSpan = ReadableSpan & { [SCOPE]?: RequestScope; [WORK]?: Work; [ACTOR]?: Actor };

/**
 * Makes audit facts of spans: the server span of a request, a query of pg, a query of any other instrumentation that
 * uses the stable database conventions.
 *
 * NOTE: a throw in any of these methods would end the application, so everything is guarded.
 */
export class AuditSpanProcessor implements SpanProcessor {
  readonly #pipeline: Pipeline;
  readonly #pg: PgCapture | undefined;
  readonly #guard: Guard;

  constructor(pipeline: Pipeline, pg: PgCapture | undefined, guard: Guard) {
    this.#pipeline = pipeline;
    this.#pg = pg;
    this.#guard = guard;
  }

  onStart(span: Span): void {
    this.#guard('the start of a span', () => {
      this.#enter(span, currentScope());
      if (this.#pg?.spanStarted(span) !== true) noteActor(span, currentScope());
    });
  }

  onEnd(span: ReadableSpan): void {
    this.#guard('the end of a span', () => {
      // NOTE: of a span that began before we joined the application's SDK nothing is known.
      if (!Object.hasOwn(span, SCOPE)) return;
      const scope = (span as ScopedSpan)[SCOPE];
      if (scope?.span === (span as unknown)) serverSpanEnded(scope as RequestScope, span);
      else if (this.#pg?.spanEnded(span) !== true) this.#databaseSpan(span, scope);
    });
  }

  /** Delivery has its own life; a provider that is shut down says nothing about it. */
  async forceFlush(): Promise<void> {}
  async shutdown(): Promise<void> {}

  #enter(span: Span, scope: RequestScope | undefined): void {
    Object.defineProperty(span, SCOPE, { value: scope });
    const work = currentWork();
    if (work !== undefined) Object.defineProperty(span, WORK, { value: work });
    if (scope !== undefined && scope.span === undefined && span.kind === SpanKind.SERVER) scope.span = span;
  }

  #databaseSpan(span: ReadableSpan, scope: RequestScope | undefined): void {
    const facts = readDatabaseSpan(span, scope, (span as ScopedSpan)[WORK], (span as ScopedSpan)[ACTOR]);
    if (facts !== undefined) this.#pipeline.query(facts);
  }
}

/** A statement is of whoever acts when it is sent. */
function noteActor(span: Span, scope: RequestScope | undefined): void {
  if (scope === undefined || span.kind !== SpanKind.CLIENT) return;
  const actor = scope.identity.settledName;
  if (actor !== undefined) Object.defineProperty(span, ACTOR, { value: actor });
}
