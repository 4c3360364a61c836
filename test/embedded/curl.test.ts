import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { useClickHouse } from '../support/clickhouse.ts';

const store = useClickHouse();

/** What curl puts out for these arguments, given the input as the body. */
async function curl(args: readonly string[], input: Buffer | string = ''): Promise<Buffer> {
  const child = spawn('curl', ['--silent', '--show-error', '--max-time', '20', ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(input);
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [exitCode] = await once(child, 'close');
  if (exitCode !== 0) throw new Error(`curl ended with ${exitCode}`);
  return Buffer.concat(chunks);
}

describe('curl', () => {
  test('is answered', async () => {
    expect(String(await curl([`${store().url}/ping`]))).toBe('Ok.\n');
    expect(String(await curl([store().url, '--data-binary', '@-'], 'SELECT 1 + 1'))).toBe('2\n');
  });

  test('binds parameters', async () => {
    const url = `${store().url}/?param_name=it%27s`;
    expect(String(await curl([url, '--data-binary', '@-'], 'SELECT {name:String}'))).toBe("it\\'s\n");
  });

  test('sends a gzipped body and takes a gzipped answer', async () => {
    const answer = await curl(
      [
        `${store().url}/?enable_http_compression=1`,
        '-H',
        'Content-Encoding: gzip',
        '-H',
        'Accept-Encoding: gzip',
        '--data-binary',
        '@-',
      ],
      gzipSync('SELECT number FROM numbers(1000) FORMAT TSV'),
    );
    expect(gunzipSync(answer).toString().trim().split('\n')).toHaveLength(1_000);
  });

  test('is told of an error by status, code and message', async () => {
    const answer = String(
      await curl([store().url, '--include', '--data-binary', '@-'], 'SELECT * FROM audit.nothing'),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    expect(answer).toMatch(/^X-ClickHouse-Exception-Code: 60\r$/m);
    expect(answer).toMatch(/UNKNOWN_TABLE/);
  });

  test('is let in by basic authentication and by headers, and with a wrong password not', async () => {
    const { audit_reader: password } = store().engine.passwords;
    const who = (args: string[]) =>
      curl([store().url, ...args, '--data-binary', '@-'], 'SELECT currentUser()').then(String);
    expect(await who(['--user', `audit_reader:${password}`])).toBe('audit_reader\n');
    const headers = [
      '--header',
      'X-ClickHouse-User: audit_reader',
      '--header',
      `X-ClickHouse-Key: ${password}`,
    ];
    expect(await who(headers)).toBe('audit_reader\n');
    expect(await who(['--user', 'audit_reader:wrong'])).toMatch(/AUTHENTICATION_FAILED/);
  });
});
