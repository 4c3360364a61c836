'use strict';

const express = require('express');
const { allow } = require('./accounts.js');
const { HttpError } = require('./http-error.js');

/** Products for everybody, prices and users for the admin. */
function createCatalogue(pool, authenticate) {
  async function products(_request, response) {
    const { rows } = await pool.query('SELECT * FROM products ORDER BY id');
    response.json(rows);
  }

  async function reprice(request, response) {
    const { category, percent } = request.body ?? {};
    if (typeof category !== 'string' || typeof percent !== 'number' || percent <= -100) {
      throw new HttpError(400, 'Send a category and by how many percent its prices change.');
    }
    const { rowCount } = await pool.query(
      'UPDATE products SET price = round(price * (1 + $2::numeric / 100), 2) WHERE category = $1',
      [category, percent],
    );
    response.json({ changed: rowCount });
  }

  async function users(_request, response) {
    const { rows } = await pool.query('SELECT id, name, roles, last_login_at FROM users ORDER BY id');
    response.json(rows);
  }

  const routes = express.Router();
  routes.get('/products', products);
  routes.post('/admin/reprice', authenticate, allow('admin'), reprice);
  routes.get('/admin/users', authenticate, allow('admin'), users);
  return routes;
}

module.exports = { createCatalogue };
