'use strict';

const express = require('express');
const { allow } = require('./accounts.js');
const { addItems, inTransaction } = require('./database.js');
const { HttpError } = require('./http-error.js');

/** Ends in what the example's bank refuses. */
const REFUSED_CARD = /0002$/;

function createOrders(pool, authenticate) {
  /** The order, when it exists and the one who asks may see it. */
  async function findOrder(request) {
    if (!/^\d{1,9}$/.test(request.params.id)) throw new HttpError(404, 'There is no such order.');
    const { rows } = await pool.query('SELECT * FROM orders WHERE id = $1', [request.params.id]);
    const order = rows[0];
    if (order === undefined) throw new HttpError(404, 'There is no such order.');
    return order;
  }

  function requireOwnerOr(request, order, ...roles) {
    const { id, roles: own } = request.user;
    if (order.customer_id === id || roles.some((role) => own.includes(role))) return;
    throw new HttpError(403, 'This is not your order.');
  }

  async function show(request, response) {
    const order = await findOrder(request);
    requireOwnerOr(request, order, 'admin', 'clerk');
    const { rows } = await pool.query('SELECT * FROM order_items WHERE order_id = $1', [order.id]);
    response.json({ ...order, items: rows });
  }

  async function create(request, response) {
    const items = readItems(request.body);
    const id = await inTransaction(pool, async (client) => {
      const { rows } = await client.query('INSERT INTO orders (customer_id) VALUES ($1) RETURNING id', [
        request.user.id,
      ]);
      const added = await addItems(client, rows[0].id, items);
      if (added !== items.length) throw new HttpError(422, 'One of the products does not exist.');
      return rows[0].id;
    });
    response.status(201).location(`/orders/${id}`).json({ id });
  }

  async function change(request, response) {
    const { note } = request.body ?? {};
    if (typeof note !== 'string') throw new HttpError(400, 'Send a note.');
    const order = await findOrder(request);
    const { rows } = await pool.query('UPDATE orders SET note = $1 WHERE id = $2 RETURNING *', [
      note,
      order.id,
    ]);
    response.json(rows[0]);
  }

  async function remove(request, response) {
    const order = await findOrder(request);
    requireOwnerOr(request, order, 'admin');
    await pool.query('DELETE FROM orders WHERE id = $1', [order.id]);
    response.status(204).end();
  }

  async function pay(request, response) {
    const card = String(request.body?.card ?? '');
    if (!/^\d{12,19}$/.test(card)) throw new HttpError(400, 'Send the number of a card.');
    const order = await findOrder(request);
    requireOwnerOr(request, order);
    await inTransaction(pool, async (client) => {
      await client.query(
        `INSERT INTO payments (order_id, amount, card_last_four)
         SELECT $1, coalesce(sum(quantity * price), 0), $2 FROM order_items WHERE order_id = $1`,
        [order.id, card.slice(-4)],
      );
      await client.query(`UPDATE orders SET status = 'paid' WHERE id = $1`, [order.id]);
      charge(card);
    });
    response.json({ id: order.id, status: 'paid' });
  }

  const routes = express.Router();
  routes.get('/orders/:id', authenticate, show);
  routes.post('/orders', authenticate, create);
  routes.patch('/orders/:id', authenticate, allow('admin', 'clerk'), change);
  routes.delete('/orders/:id', authenticate, remove);
  routes.post('/orders/:id/pay', authenticate, pay);
  return routes;
}

/** `[{ product, quantity }]` of the body as pairs. */
function readItems(body) {
  const items = body?.items;
  const isItem = (item) =>
    Number.isInteger(item?.product) && item.quantity > 0 && Number.isInteger(item.quantity);
  if (!Array.isArray(items) || items.length === 0 || !items.every(isItem)) {
    throw new HttpError(400, 'Send items: [{ product, quantity }].');
  }
  return items.map(({ product, quantity }) => [product, quantity]);
}

/** The bank. It answers after the rows are written: a refusal takes them back. */
function charge(card) {
  if (REFUSED_CARD.test(card)) throw new HttpError(402, 'The bank refused the card.');
}

/** Closes what was left open for a month. Runs on its own, for nobody. */
async function expireOldOrders(pool) {
  await pool.query(
    `UPDATE orders SET status = 'expired' WHERE status = 'open' AND created_at < now() - interval '30 days'`,
  );
}

module.exports = { createOrders, expireOldOrders };
