import { SpanKind, trace } from '@opentelemetry/api';
import type { Context } from '@opentelemetry/api';
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace';
import type { Pipeline } from '../../pipeline/pipeline.js';
import type { Work } from '../../pipeline/facts.js';
import type { Actor } from '../../record/actor.js';
import { databaseSpanStarted } from '../drivers/span-answer.js';
import { isDatabaseSpan, readDatabaseSpan } from './database-span.js';
import { withoutValues } from './exported-text.js';
import type { Guard } from '../../guard.js';
import type { PgCapture } from '../pg/pg.js';
import { serverSpanEnded } from '../reporter.js';
import { currentScope, currentWork } from '../request-scope.js';
import type { RequestScope } from '../request-scope.js';
import { coverSpan, isCovered } from './covered-span.js';
import { SCOPE } from './span-scope.js';

const ACTOR = Symbol('audit-register.actor');
const WORK = Symbol('audit-register.work');

type ScopedSpan = ReadableSpan & {
  [SCOPE]?: RequestScope;
  [WORK]?: Work;
  [ACTOR]?: Actor;
};

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
  /** Names of the tracers of instrumentations that we have loaded. */
  readonly #loaded: ReadonlySet<string>;

  constructor(
    pipeline: Pipeline,
    pg: PgCapture | undefined,
    guard: Guard,
    loaded: ReadonlySet<string> = new Set(),
  ) {
    this.#loaded = loaded;
    this.#pipeline = pipeline;
    this.#pg = pg;
    this.#guard = guard;
  }

  onStart(span: Span, parentContext?: Context): void {
    this.#guard('the start of a span', () => {
      const parent = parentContext === undefined ? undefined : trace.getSpan(parentContext);
      const scope = scopeOf(parent) ?? currentScope();
      this.#enter(span, scope, parent);
      const isDatabase = isDatabaseSpan(span);
      if (isDatabase) coverSpan(parent);
      if (this.#pg?.spanStarted(span) === true) return;
      noteActor(span, scope);
      if (isDatabase) databaseSpanStarted(span);
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

  #enter(span: Span, scope: RequestScope | undefined, parent: object | undefined): void {
    Object.defineProperty(span, SCOPE, { value: scope });
    const work = scope === currentScope() ? currentWork() : (parent as ScopedSpan | undefined)?.[WORK];
    if (work !== undefined) Object.defineProperty(span, WORK, { value: work });
    if (scope !== undefined && span.kind === SpanKind.SERVER) enterServerSpan(scope, span);
  }

  #databaseSpan(span: ReadableSpan, scope: RequestScope | undefined): void {
    const { [WORK]: work, [ACTOR]: actor } = span as ScopedSpan;
    const facts = isCovered(span) ? undefined : readDatabaseSpan(span, scope, work, actor);
    if (facts !== undefined) this.#pipeline.query(facts);
    // NOTE: nobody has asked for what an instrumentation of our choice would bring to the exporters.
    if (this.#loaded.has(span.instrumentationScope?.name)) withoutValues(span);
  }
}

/** NOTE: the first one counts, later ones are of what the application does within the request. */
function enterServerSpan(scope: RequestScope, span: Span): void {
  if (scope.span !== undefined && !scope.isSpanProvisional) return;
  scope.span = span;
  scope.context = undefined;
  scope.isSpanProvisional = false;
}

/**
 * The request of the span above. NOTE: callbacks of a pool are sometimes brought back to the caller's trace alone, by the
 * instrumentation of its driver.
 */
function scopeOf(parent: object | undefined): RequestScope | undefined {
  return (parent as ScopedSpan | undefined)?.[SCOPE];
}

/** A statement is of whoever acts when it is sent. */
function noteActor(span: Span, scope: RequestScope | undefined): void {
  if (scope === undefined || span.kind !== SpanKind.CLIENT) return;
  const actor = scope.identity.settledName;
  if (actor !== undefined) Object.defineProperty(span, ACTOR, { value: actor });
}
