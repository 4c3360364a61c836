import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { resolvers, typeDefs } from './orders.cjs';

const server = new ApolloServer({ typeDefs, resolvers, allowBatchedHttpRequests: true });
const { url } = await startStandaloneServer(server, { listen: { port: 0, host: '127.0.0.1' } });
process.stdout.write(`listening ${new URL(url).port}\n`);
