import { fillUser } from './event.js';
import type { Event, FillAddress } from './event.js';

const ACTIONS: Readonly<Record<string, string>> = { 0: 'login', 1: 'logout', 2: 'login_failed' };

export function fillLogin(event: Event, fillAddress: FillAddress): void {
  const { draft, text, attribute, problem } = event;
  const type = text('login_type');
  const action = ACTIONS[type];
  if (action === undefined) problem('login_type is unknown');
  attribute('easyaudit.login_type', type);
  draft.category = 'auth';
  draft.action = action ?? 'other';
  draft.outcome = action === undefined ? 'unknown' : action === 'login_failed' ? 'failure' : 'success';
  draft.severity = action === 'login_failed' ? 'warning' : 'info';
  draft.target_type = 'account';
  draft.target_id = text('username');
  fillUser(event);
  if (draft.actor_id !== '' && draft.actor_name === '') draft.actor_name = text('username');
  fillAddress(event);
}
