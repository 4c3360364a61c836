import type autocannon from 'autocannon';

const JSON_HEADERS = { 'content-type': 'application/json' };

const products: autocannon.Request = { method: 'GET', path: '/products' };

const order: autocannon.Request = {
  method: 'POST',
  path: '/orders',
  headers: JSON_HEADERS,
  body: JSON.stringify({
    items: [
      { product: 1, quantity: 2 },
      { product: 5, quantity: 1 },
    ],
  }),
  onResponse: (_status, body, context) => {
    context['orderId'] = (JSON.parse(body) as { id: number }).id;
  },
};

const show = ofOrder('GET', '');
const change = ofOrder('PATCH', '', { note: 'Wrap it as a gift' });
/** The card that the shop's bank refuses: the transaction is rolled back. */
const payInVain = ofOrder('POST', '/pay', { card: '4000000000000002' });
const remove = ofOrder('DELETE', '');

/**
 * A visit to the demo shop by somebody who is logged in: mostly looking, four of ten requests write. Logging in is no
 * part of it, because the hash of the password takes the time of a hundred other requests.
 */
export const SHOP_REQUESTS: readonly autocannon.Request[] = [
  products,
  order,
  show,
  products,
  change,
  show,
  products,
  payInVain,
  show,
  remove,
];

function ofOrder(method: string, suffix: string, body?: unknown): autocannon.Request {
  return {
    method,
    path: '/orders/0',
    headers: body === undefined ? {} : JSON_HEADERS,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    setupRequest: (request, context) => ({
      ...request,
      path: `/orders/${String(context['orderId'])}${suffix}`,
    }),
  };
}
