import { NOBODY } from './expectation.ts';
import type { ExpectedActor, ExpectedChange, ExpectedLogin, ExpectedRequest } from './expectation.ts';

export interface Asked {
  readonly route?: string;
  readonly body?: unknown;
  readonly status: number;
  readonly changes?: readonly ExpectedChange[];
  readonly logins?: readonly ExpectedLogin[];
}

export interface Answer {
  readonly token?: string;
  readonly id?: number;
}

/** Notes what each request must leave in the register. */
export interface Diary {
  readonly shopUrl: string;
  readonly runId: string;
  readonly expected: ExpectedRequest[];
}

/** Somebody at a browser of their own, behind the proxy. */
export class Visitor {
  readonly #diary: Diary;
  readonly #address: string;
  readonly #browser: string;
  #token = '';
  #actor: ExpectedActor = NOBODY;

  constructor(diary: Diary, address: string, browser: string) {
    this.#diary = diary;
    this.#address = address;
    this.#browser = browser;
  }

  /** From now on every request carries this token, and must be on record as of this actor. */
  carry(token: string, actor: ExpectedActor): void {
    this.#token = token;
    this.#actor = actor;
  }

  /** Logs in as one of the shop's users. */
  async login(id: string, name: string): Promise<void> {
    const { token = '' } = await this.ask('POST', '/login', {
      body: { name, password: `${name}-password` },
      status: 200,
      changes: [{ action: 'update', table: 'users', rows: 1, id, transaction: 'autocommit' }],
      // Nobody has vouched for the name yet: the token comes with the answer.
      logins: [
        {
          action: 'login',
          outcome: 'success',
          account: name,
          actor: { type: 'user', id: '', name, assurance: 'claimed' },
        },
      ],
    });
    this.carry(token, { type: 'user', id, name, assurance: 'verified' });
  }

  /** @throws Error when the shop answers otherwise than expected. */
  async ask(
    method: string,
    path: string,
    { route = path, body, status, changes = [], logins = [] }: Asked,
  ): Promise<Answer> {
    const { shopUrl, runId, expected } = this.#diary;
    const correlationId = `${runId}-${expected.length + 1}`;
    const response = await fetch(shopUrl + path, {
      method,
      headers: this.#headers(correlationId),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.status !== status) {
      throw new Error(`${method} ${path} should answer ${status}, but answered ${response.status}: ${text}`);
    }
    const [actor, address] = [this.#actor, this.#address];
    expected.push({ correlationId, actor, address, method, path, route, status, changes, logins });
    return text === '' ? {} : (JSON.parse(text) as Answer);
  }

  #headers(correlationId: string): Record<string, string> {
    return {
      'content-type': 'application/json',
      'user-agent': this.#browser,
      'x-forwarded-for': this.#address,
      'x-request-id': correlationId,
      ...(this.#token === '' ? {} : { authorization: `Bearer ${this.#token}` }),
    };
  }
}
