/**
 * What OCSF 1.7 requires of the classes that `audit.ocsf` maps to, written by hand from the published schema
 * (schema.ocsf.io/1.7.0: classes and objects): required attributes, types, the ranges of the enumerations, and no attribute that is not
 * there.
 */
type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: 'string', minLength: 1 };
const whole: Schema = { type: 'integer' };
const millis: Schema = { type: 'integer', minimum: 0 };

function one(...values: readonly (string | number)[]): Schema {
  return { enum: values };
}

function object(
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[] = [],
  atLeastOne: readonly string[] = [],
): Schema {
  return {
    type: 'object',
    properties,
    required,
    additionalProperties: false,
    ...(atLeastOne.length > 0 && { anyOf: atLeastOne.map((name) => ({ required: [name] })) }),
  };
}

const user = object(
  {
    uid: text,
    name: text,
    type_id: one(0, 1, 2, 3, 4, 99),
    type: text,
  },
  [],
  ['account', 'name', 'uid'],
);
const session = object({ uid: text, issuer: text });
const actor = object(
  { user, session },
  [],
  ['process', 'user', 'invoked_by', 'session', 'app_name', 'app_uid'],
);
const endpoint = object(
  {
    ip: { type: 'string', anyOf: [{ format: 'ipv4' }, { format: 'ipv6' }] },
    port: { type: 'integer', minimum: 0, maximum: 65_535 },
    name: text,
    hostname: text,
    svc_name: text,
  },
  [],
  ['ip', 'uid', 'name', 'hostname', 'svc_name', 'instance_uid', 'interface_uid', 'interface_name'],
);
const service = object({ name: text, uid: text, version: text }, [], ['name', 'uid']);

const metadata = object(
  {
    version: { const: '1.7.0' },
    product: object({ name: text, vendor_name: text, uid: text }, [], ['name', 'uid']),
    uid: { type: 'string', format: 'uuid' },
    correlation_uid: text,
    event_code: text,
    log_name: text,
    log_provider: text,
    log_version: text,
    logged_time: millis,
    original_time: { type: 'string', format: 'date-time' },
    sequence: whole,
    tenant_uid: text,
    is_truncated: { type: 'boolean' },
  },
  ['product', 'version'],
);

const httpRequest = object({
  http_method: one('CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE'),
  url: object({ path: text, query_string: text }, [], ['path', 'url_string']),
  user_agent: text,
  uid: text,
  body_length: whole,
});
const httpResponse = object({ code: whole, body_length: whole, latency: whole }, ['code']);

function classSchema(
  uid: number,
  category: number,
  activities: readonly number[],
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[],
  atLeastOne: readonly string[] = [],
): Schema {
  const base = object(
    {
      class_uid: { const: uid },
      class_name: text,
      category_uid: { const: category },
      category_name: text,
      activity_id: one(0, ...activities, 99),
      activity_name: text,
      type_uid: one(...[0, ...activities, 99].map((activity) => uid * 100 + activity)),
      type_name: text,
      severity_id: one(0, 1, 2, 3, 4, 5, 6, 99),
      severity: text,
      status_id: one(0, 1, 2, 99),
      status: text,
      status_code: text,
      status_detail: text,
      time: millis,
      start_time: millis,
      end_time: millis,
      duration: millis,
      timezone_offset: { type: 'integer', minimum: -1_080, maximum: 1_080 },
      count: { type: 'integer', minimum: 1 },
      message: text,
      metadata,
      unmapped: { type: 'object' },
      ...properties,
    },
    ['activity_id', 'category_uid', 'class_uid', 'metadata', 'severity_id', 'time', 'type_uid', ...required],
    atLeastOne,
  );
  // An activity that the class does not know must be named by its source.
  return {
    ...base,
    if: { properties: { activity_id: { const: 99 } } },
    // eslint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
    then: { required: ['activity_name'] },
  };
}

const request = { http_request: httpRequest, http_response: httpResponse };

export const OCSF_SCHEMAS: ReadonlyMap<number, Schema> = new Map([
  [
    6003,
    classSchema(
      6003,
      6,
      [1, 2, 3, 4],
      {
        ...request,
        actor,
        api: object(
          {
            operation: text,
            service,
            request: object({ uid: text }, ['uid']),
            response: object({ code: whole, error: text, error_message: text }),
          },
          ['operation'],
        ),
        src_endpoint: endpoint,
        dst_endpoint: endpoint,
        resources: { type: 'array', items: object({ type: text, name: text, uid: text }) },
      },
      ['actor', 'api', 'src_endpoint'],
    ),
  ],
  [
    6005,
    classSchema(
      6005,
      6,
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
      {
        ...request,
        actor,
        src_endpoint: endpoint,
        type_id: one(0, 1, 2, 3, 99),
        type: text,
        database: object({ name: text, uid: text, type: text, type_id: one(0, 1, 2, 3, 4, 5, 6, 99) }, [
          'type_id',
        ]),
        table: object({ name: text, uid: text }),
        query_info: object({ query_string: text }, ['query_string']),
      },
      ['actor', 'src_endpoint'],
      ['database', 'databucket', 'table'],
    ),
  ],
  [
    3002,
    classSchema(
      3002,
      3,
      [1, 2, 3, 4, 5, 6, 7],
      {
        ...request,
        actor,
        user,
        src_endpoint: endpoint,
        dst_endpoint: endpoint,
        service,
        auth_protocol_id: one(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 99),
        auth_protocol: text,
      },
      ['user'],
      ['service', 'dst_endpoint'],
    ),
  ],
  [6008, classSchema(6008, 6, [1, 2], {}, [])],
]);
