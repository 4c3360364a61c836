const { createRequire } = require('node:module');
const mercurius = require('mercurius');
const { resolvers, typeDefs } = require('./orders.cjs');

const fastify = createRequire(`${__dirname}/../../../package.json`)('fastify');
const app = fastify();
app.register(mercurius, { schema: typeDefs, resolvers, allowBatchedQueries: true });
app
  .listen({ port: 0, host: '127.0.0.1' })
  .then(() => process.stdout.write(`listening ${app.server.address().port}\n`));
