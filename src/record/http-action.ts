const ACTIONS: Readonly<Record<string, string>> = {
  GET: 'read',
  HEAD: 'read',
  QUERY: 'read',
  POST: 'create',
  PUT: 'update',
  PATCH: 'update',
  DELETE: 'delete',
};

/** What a request does by its method. Source: RFC 9110, section 9, and the QUERY method of HTTP. */
export function actionOfMethod(method: string): string {
  return ACTIONS[method] ?? 'other';
}
