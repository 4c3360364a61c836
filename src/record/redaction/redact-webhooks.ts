import { REDACTED } from './redact.js';

/** Addresses that are a password: whoever knows the path may post. */
const WEBHOOKS: readonly RegExp[] = [
  // Slack, Discord, Telegram, Microsoft Teams.
  /(?<=\/(?:services|workflows|triggers)\/T\w+\/[AB]?\w+\/)[\w/-]{16,}/g,
  /(?<=\/webhooks\/\d{1,24}\/)[\w-]{16,}/g,
  /(?<=\/(?:file\/)?bot)\d+:[\w-]{20,}/g,
  /(?<=\/webhookb2\/)[\w@/-]{16,}/g,
];

/** A path without the part that lets anybody use it. */
export function withoutWebhookSecrets(path: string): string {
  return WEBHOOKS.reduce((shown, secret) => shown.replace(secret, REDACTED), path);
}
