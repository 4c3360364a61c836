import { mediaTypeOf } from '../../record/media-type.js';

/** One text or number in a body. */
export interface LoginField {
  /** From the outside in, joined by dots: `user.email` for `user[email]` and `{ "user": { "email": … } }`. */
  readonly path: string;
  /** The last part of the path. */
  readonly name: string;
  readonly value: string;
}

export interface LoginFields {
  readonly fields: readonly LoginField[];
  /** Why there may be more than was found; empty where all of the body was read. */
  readonly problem: string;
}

/** How deep a field may be, and how many are looked at: what parsers of forms take (`parameterLimit` of Express). */
const DEPTH = 8;
const MOST_FIELDS = 1_000;

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = /^(?:application\/json|[\w.-]+\/[\w.-]+\+json)$/;
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** Every field of a JSON or form body, those of one name too: which of them counts is the application's to know. */
export function readLoginFields(body: string, contentType: string): LoginFields {
  const text = body.startsWith('\ufeff') ? body.slice(1) : body;
  const type = mediaTypeOf(contentType);
  if (text.trim() === '') return { fields: [], problem: '' };
  const isJson = JSON_TYPE.test(type) || (type !== FORM && /^\s*[{[]/.test(text));
  return isJson ? readJson(text) : readForm(text);
}

/** The form of a path that paths are compared in; an entry of a list counts as the list. */
export function plainPath(path: string): string {
  return path
    .replace(/\[/g, '.')
    .replace(/\]/g, '')
    .replace(/(?:\.\d*)+$|^\./g, '');
}

function readForm(body: string): LoginFields {
  const fields: LoginField[] = [];
  for (const [given, value] of new URLSearchParams(body)) {
    if (fields.length >= MOST_FIELDS) return { fields, problem: 'too many fields' };
    fields.push(fieldOf(plainPath(given), value));
  }
  return { fields, problem: '' };
}

function fieldOf(path: string, value: string): LoginField {
  return { path, name: path.slice(path.lastIndexOf('.') + 1), value };
}

function readJson(body: string): LoginFields {
  try {
    JSON.parse(body);
  } catch {
    return { fields: [], problem: 'no valid JSON' };
  }
  return new JsonFields().read(body);
}

/**
 * NOTE: by the tokens of a text that is known to be valid, because an object that was parsed does not show that a name
 * stood in it twice.
 */
class JsonFields {
  readonly #fields: LoginField[] = [];
  /** Of each object or list that is open: the name it has, and whether it is an object. */
  readonly #names: string[] = [];
  readonly #areObjects: boolean[] = [];
  #name = '';
  #isNameNext = false;

  read(body: string): LoginFields {
    for (const [token] of body.matchAll(TOKEN)) {
      this.#take(token);
      if (this.#names.length > DEPTH) return { fields: this.#fields, problem: 'nested too deeply' };
      if (this.#fields.length > MOST_FIELDS) return { fields: this.#fields, problem: 'too many fields' };
    }
    return { fields: this.#fields, problem: '' };
  }

  #take(token: string): void {
    if (token === '{' || token === '[') this.#open(token === '{');
    else if (token === '}' || token === ']') this.#close();
    else if (token === ',') this.#next();
    else if (token === ':') this.#isNameNext = false;
    else if (this.#isNameNext) this.#name = JSON.parse(token) as string;
    else this.#add(token);
  }

  #open(isObject: boolean): void {
    this.#names.push(this.#name);
    this.#areObjects.push(isObject);
    this.#next();
  }

  #close(): void {
    this.#names.pop();
    this.#areObjects.pop();
  }

  #next(): void {
    this.#name = '';
    this.#isNameNext = this.#areObjects.at(-1) === true;
  }

  /** NOTE: what is neither text nor number is there, but names nobody. */
  #add(token: string): void {
    const value = /^["\d-]/.test(token) ? String(JSON.parse(token)) : '';
    const path = [...this.#names, this.#name].filter((name) => name !== '').join('.');
    this.#fields.push(fieldOf(path, value));
  }
}
