const { ApolloServer } = require('@apollo/server');
const { startStandaloneServer } = require('@apollo/server/standalone');
const { resolvers, typeDefs } = require('./orders.cjs');

const server = new ApolloServer({ typeDefs, resolvers, allowBatchedHttpRequests: true });
void startStandaloneServer(server, { listen: { port: 0, host: '127.0.0.1' } }).then(({ url }) =>
  process.stdout.write(`listening ${new URL(url).port}\n`),
);
