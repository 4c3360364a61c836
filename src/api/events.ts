import type { Log } from '../log.js';
import { propertyOf } from '../pipeline/annotations.js';
import type { AppFacts } from '../pipeline/app-record.js';
import type { Annotations, ErrorFacts } from '../pipeline/facts.js';
import type { Pipeline } from '../pipeline/pipeline.js';
import { valueText } from '../pipeline/values/value-text.js';
import { isObject, textAt } from './described.js';
import { here } from './place.js';

/** Names of actions that code may use; those of this package begin otherwise. */
const ACTION = /^(?!audit[_.:-])[A-Za-z][\w.:-]{0,63}$/;

const OUTCOMES = ['success', 'failure', 'denied', 'unknown'] as const;
const SEVERITIES = ['info', 'notice', 'warning', 'error'] as const;

/** Fields of an event, and names of its attributes. */
const MOST_FIELDS = 256;

export interface EventTeller {
  record(given: unknown): boolean;
  annotate(given: unknown): boolean;
}

export function createEventTeller(pipeline: Pipeline, log: Log): EventTeller {
  let hasComplained = false;
  const refuse = (action: string): false => {
    if (!hasComplained) {
      log.error(
        `record() of audit-register/api was called with the action ${JSON.stringify(action)}; it must be a name such as "invoice.sent" (letters, digits, ".", "_", ":", "-", at most 64, not beginning with "audit_"). Such events are not recorded; this is said once.`,
      );
    }
    hasComplained = true;
    return false;
  };

  return {
    record(given) {
      const action = textAt(given, 'action');
      if (!ACTION.test(action)) return refuse(action);
      pipeline.event(readEvent(given, action, pipeline), here());
      return true;
    },
    annotate(given) {
      const { request, work } = here();
      const holder = request ?? work;
      if (holder === undefined || !isObject(given)) return false;
      holder.annotations = pipeline.annotations(holder.annotations, given);
      return true;
    },
  };
}

function readEvent(given: unknown, action: string, pipeline: Pipeline): AppFacts {
  const target = propertyOf(given, 'target');
  const newValues = readValues(propertyOf(given, 'newValues'));
  const oldValues = readValues(propertyOf(given, 'oldValues'));
  const outcome = oneOf(OUTCOMES, textAt(given, 'outcome')) ?? 'success';
  const fields = readList(propertyOf(given, 'changedFields'));
  return {
    action,
    outcome,
    severity: oneOf(SEVERITIES, textAt(given, 'severity')) ?? (outcome === 'success' ? 'info' : 'warning'),
    targetType: isObject(target) ? textAt(target, 'type') : textAt(given, 'target'),
    targetId: isObject(target) ? textAt(target, 'id') : '',
    changedFields:
      fields.length > 0 ? fields : [...new Set([...Object.keys(newValues), ...Object.keys(oldValues)])],
    oldValues,
    newValues,
    attributes: pipeline.annotations(undefined, propertyOf(given, 'attributes')),
    error: readReason(given),
  };
}

function readReason(given: unknown): ErrorFacts | undefined {
  const reason = textAt(given, 'reason');
  return reason === '' ? undefined : { type: textAt(given, 'code') || 'reason', message: reason };
}

function oneOf<T extends string>(known: readonly T[], text: string): T | undefined {
  return known.find((word) => word === text);
}

function readList(given: unknown): readonly string[] {
  try {
    return Array.isArray(given) ? Array.from(given.slice(0, MOST_FIELDS), valueText) : [];
  } catch {
    return [];
  }
}

/** NOTE: not by assignment, which would lose a field named `__proto__`. */
function readValues(given: unknown): Annotations {
  const names = isObject(given) ? ownNames(given).slice(0, MOST_FIELDS) : [];
  return Object.fromEntries(names.map((name) => [name, valueText(propertyOf(given, name))]));
}

function ownNames(given: object): readonly string[] {
  try {
    return Object.keys(given);
  } catch {
    return [];
  }
}
