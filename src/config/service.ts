import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { threadId } from 'node:worker_threads';
import type { ServiceConfig } from './config.js';

/**
 * Who this process is: `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES`, then the nearest package.json.
 * Source: OpenTelemetry specification, resource semantic conventions.
 */
export function readService(env: NodeJS.ProcessEnv, cwd: string): ServiceConfig {
  const attributes = parseAttributes(env['OTEL_RESOURCE_ATTRIBUTES'] ?? '');
  const entry = process.argv[1];
  const manifest = nearestManifest(entry === undefined ? cwd : dirname(entry));
  return {
    name:
      env['OTEL_SERVICE_NAME'] || attributes.get('service.name') || manifest.name || 'unknown_service:node',
    version: attributes.get('service.version') || manifest.version || '',
    instance: attributes.get('service.instance.id') || defaultInstance(),
    environment:
      attributes.get('deployment.environment.name') ||
      attributes.get('deployment.environment') ||
      env['NODE_ENV'] ||
      '',
  };
}

function defaultInstance(): string {
  return `${hostname()}:${process.pid}${threadId === 0 ? '' : `:${threadId}`}`;
}

/** `key=value,key=value`, values percent-encoded. */
function parseAttributes(text: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const pair of text.split(',')) {
    const at = pair.indexOf('=');
    if (at <= 0) continue;
    const value = pair.slice(at + 1).trim();
    attributes.set(pair.slice(0, at).trim(), decode(value));
  }
  return attributes;
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function nearestManifest(directory: string): { name?: string; version?: string } {
  for (let current = directory; ; current = dirname(current)) {
    try {
      const { name, version } = JSON.parse(readFileSync(join(current, 'package.json'), 'utf8'));
      if (typeof name === 'string') return { name, ...(typeof version === 'string' ? { version } : {}) };
    } catch {
      // No manifest here that names anything: look further up.
    }
    if (current === dirname(current)) return {};
  }
}
