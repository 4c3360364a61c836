const ACTOR_COLUMNS = [
  'actor_type',
  'actor_id',
  'actor_name',
  'actor_roles',
  'tenant_id',
  'auth_method',
  'actor_assurance',
];

type Row = Readonly<Record<string, unknown>>;

/**
 * On a slow machine a statement may be written before its user is known; the record `identified` of the request then says
 * whose it was. Gives back the other records with those names, as the view `audit.changes` has them.
 */
export function withLateNames<Record extends Row>(records: readonly Record[]): readonly Record[] {
  const isIdentified = (record: Row): boolean => record['action'] === 'identified';
  const identified = new Map(records.filter(isIdentified).map((record) => [record['request_id'], record]));
  return records
    .filter((record) => !isIdentified(record))
    .map((record) => {
      const late = identified.get(record['request_id']);
      if (late === undefined || ['verified', 'trusted'].includes(String(record['actor_assurance'])))
        return record;
      const actor = Object.fromEntries(ACTOR_COLUMNS.map((name) => [name, late[name]]));
      const attributes = { ...(record['attributes'] as object), ...(late['attributes'] as object) };
      return { ...record, ...actor, attributes };
    });
}
