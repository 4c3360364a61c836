import type { AnalysedStatement } from './analyse.js';
import { describe } from './statement.js';
import type { SqlAction } from './statement.js';

/** What commands do to the key they name. Source: redis.io/commands. Any other is `other`: nobody knows. */
const COMMANDS: Readonly<Record<string, SqlAction>> = Object.fromEntries(
  (
    [
      [
        'read',
        `get mget getrange substr strlen exists type ttl pttl expiretime pexpiretime keys scan randomkey dump object
         dbsize touch hget hmget hgetall hkeys hvals hlen hexists hstrlen hscan hrandfield httl hpttl lrange llen lindex
         lpos smembers sismember smismember scard srandmember sscan sinter sintercard sunion sdiff zrange zrangebyscore
         zrangebylex zrevrange zrevrangebyscore zrevrangebylex zscore zmscore zcard zcount zlexcount zrank zrevrank
         zscan zrandmember zinter zintercard zunion zdiff bitcount bitpos getbit bitfield_ro sort_ro geopos geodist
         geohash geosearch georadius_ro georadiusbymember_ro pfcount xlen xrange xrevrange xread xinfo xpending lcs
         eval_ro evalsha_ro fcall_ro ping echo time info command lastsave role json.get json.mget json.type ft.search`,
      ],
      [
        'merge',
        `set setex psetex getset mset setrange setbit append incr incrby incrbyfloat decr decrby bitfield bitop hset
         hmset hincrby hincrbyfloat hsetex lpush rpush linsert sadd zadd zincrby pfadd pfmerge geoadd xadd restore copy
         sinterstore sunionstore sdiffstore zrangestore zinterstore zunionstore zdiffstore geosearchstore json.set
         json.merge`,
      ],
      ['create', 'setnx msetnx hsetnx'],
      [
        'update',
        `expire pexpire expireat pexpireat persist rename renamenx move lset ltrim lpushx rpushx getex hexpire hpexpire
         hexpireat hpexpireat hpersist lmove rpoplpush blmove brpoplpush smove xack xclaim xautoclaim xsetid`,
      ],
      [
        'delete',
        `del unlink getdel hdel hgetdel lrem lpop rpop blpop brpop lmpop blmpop srem spop zrem zremrangebyrank
         zremrangebyscore zremrangebylex zpopmin zpopmax bzpopmin bzpopmax zmpop xdel xtrim json.del`,
      ],
      ['truncate', 'flushdb flushall'],
      ['call', 'eval evalsha fcall script function publish spublish'],
      ['grant', 'acl'],
      ['commit', 'exec'],
      ['rollback', 'discard'],
    ] as const
  ).flatMap(([action, names]) => names.split(/\s+/).map((name) => [name, action])),
);
/** Commands whose first argument is no key. */
const WITHOUT_KEY = new Set(
  `keys scan randomkey object dbsize ping echo time info command lastsave role flushdb flushall eval evalsha eval_ro
   evalsha_ro fcall fcall_ro script function publish spublish acl exec discard xread xinfo bitop memory lmpop blmpop zmpop sintercard
   zintercard zinter zunion zdiff`.split(/\s+/),
);
/** What stands before the first separator of a key, where it can be nothing but a word. */
const KIND = /^([A-Za-z][A-Za-z_-]{0,31})[:./|]/;
/** NOTE: by a column of this name the key is redacted: keys hold session ids, reset tokens, e-mail addresses. */
const OPAQUE = ['secret'];
const NUMBERED = ['key'];

/** Commands about the connection itself, or about when others are carried out: they say nothing. */
const SESSION = new Set(
  'hello select quit reset readonly readwrite asking multi watch unwatch auth'.split(' '),
);
/** What clients say of themselves when they connect. */
const CLIENT_SETTING = /^client (?:set\w+|getname|id|info|tracking|reply|no-evict|no-touch)\b/i;

/**
 * What a command of Redis, Valkey and their kin does. Values never come so far, and of keys only what is no secret.
 *
 * @returns Undefined for what does nothing to the data.
 */
export function readRedis(operation: string, text: string): AnalysedStatement | undefined {
  const [first = '', key = ''] = text.split(' ', 2);
  // NOTE: in a batch the span tells of the batch first, and sometimes of nothing else.
  const named = operation.replace(/^(?:MULTI|PIPELINE)(?: |$)/i, '');
  const command = wordOf(named) || wordOf(first);
  const name = command.toLowerCase();
  if (SESSION.has(name) || CLIENT_SETTING.test(`${name} ${key}`)) return undefined;
  const target = WITHOUT_KEY.has(name) || !(name in COMMANDS) ? undefined : targetOf(key);
  const action = COMMANDS[name] ?? 'other';
  return {
    ...describe(action, [target?.kind ?? '']),
    tables: target === undefined || target.kind === '' ? [] : [target.kind],
    conditions:
      target === undefined
        ? []
        : [{ column: target.columns[0] as string, sources: [{ constant: target.id }] }],
    isCounted: false,
    normalized: [command.toUpperCase(), target?.kind].filter(Boolean).join(' '),
    problem: action === 'other' ? 'a command of redis that is not known' : '',
    truncated: [],
    ...(target === undefined ? {} : { keyColumns: target.columns }),
  };
}

interface KeyTarget {
  readonly kind: string;
  readonly id: string;
  readonly columns: readonly string[];
}

/** `user:42` is the `user` 42; of `session:3f9a…` the key is as secret as the cookie. */
function targetOf(key: string): KeyTarget | undefined {
  if (key === '' || key.startsWith('[')) return undefined;
  const kind = KIND.exec(key)?.[1] ?? '';
  const id = kind === '' ? key : key.slice(kind.length + 1);
  const isNumber = kind !== '' && /^\d{1,12}$/.test(id);
  return { kind, id, columns: isNumber ? NUMBERED : OPAQUE };
}

function wordOf(text: string): string {
  return /^[A-Za-z][A-Za-z._]{0,31}$/.exec(text)?.[0] ?? '';
}
