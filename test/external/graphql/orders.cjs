const { GraphQLError } = require('graphql');
const { writeLater } = require('../../fixtures/frameworks/application.cjs');

/** What each of the servers serves. */
exports.typeDefs = `
  type Order { id: ID }
  type Query { orders: [Order] }
  type Mutation { deleteOrder(id: ID): Order, lockOrder(id: ID): Order }
`;
exports.resolvers = {
  Query: { orders: () => [{ id: '1' }] },
  Mutation: {
    deleteOrder: async (_parent, { id }) => {
      await writeLater('orders', id);
      return { id };
    },
    lockOrder: () => {
      throw new GraphQLError('not yours', { extensions: { code: 'FORBIDDEN' } });
    },
  },
};
