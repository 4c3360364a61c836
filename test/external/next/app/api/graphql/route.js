import { buildSchema, graphql } from 'graphql';
import { deleteOrder } from '../../orders.js';

const schema = buildSchema('type Query { hello: String } type Mutation { deleteOrder(id: ID): ID }');
const rootValue = {
  hello: () => 'world',
  deleteOrder: async ({ id }) => {
    await deleteOrder(id);
    return id;
  },
};

/** GraphQL is in the bundle of this route. */
export async function POST(request) {
  const { query } = await request.json();
  return Response.json(await graphql({ schema, rootValue, source: query }));
}
