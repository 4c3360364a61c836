const { createServer } = require('node:http');
const { createSchema, createYoga } = require('graphql-yoga');
const { listen } = require('../../fixtures/frameworks/application.cjs');
const orders = require('./orders.cjs');

listen(createServer(createYoga({ schema: createSchema(orders), batching: true, logging: false })));
