import type { AuditRecord } from '../record/record.js';
import type { PolicyLevel, PolicyRule, RuleMatch } from './config.js';
import type { SETTINGS, Setting } from './settings.js';

type ValueOf<Given extends Setting> = Given['kind'] extends 'boolean'
  ? boolean
  : Given['kind'] extends 'integer'
    ? number
    : Given['kind'] extends 'list'
      ? readonly string[]
      : Given extends { readonly choices: readonly (infer Choice)[] }
        ? Choice
        : string;

/** `a.b` as `{ a: { b } }`. */
type AtPath<Key extends string, Value> = Key extends `${infer Head}.${infer Rest}`
  ? { readonly [Name in Head]?: AtPath<Rest, Value> }
  : { readonly [Name in Key]?: Value };

type Together<Parts> = (Parts extends unknown ? (part: Parts) => void : never) extends (
  whole: infer Whole,
) => void
  ? Whole
  : never;

type Known = (typeof SETTINGS)[number];

type Settings = Together<Known extends infer Each extends Setting ? Partly<Each> : never>;
type Partly<Each extends Setting> = Each extends Setting ? AtPath<Each['key'], ValueOf<Each>> : never;

type OneOrMore = string | number | readonly (string | number)[];

/** A rule of the policy, as the configuration file writes it. */
export interface FileRule {
  readonly name?: string;
  readonly level: PolicyLevel;
  readonly match?: { readonly [Condition in keyof RuleMatch]?: OneOrMore };
  readonly delivery?: PolicyRule['delivery'];
}

/** An issuer of tokens, as the configuration file writes it: with one of the three kinds of key. */
export interface FileIssuer {
  readonly issuer?: string;
  readonly audience?: string | readonly string[];
  readonly algorithms?: readonly string[];
  readonly jwksUrl?: string;
  readonly publicKey?: string;
  readonly secret?: string;
}

/** What the configuration file may hold. */
export type ConfigFile = Settings & {
  readonly policy?: readonly FileRule[];
  readonly jwt?: { readonly issuers?: readonly FileIssuer[] };
  readonly beforeRecord?: (record: AuditRecord) => AuditRecord | null;
};
