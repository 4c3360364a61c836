import { initTRPC, TRPCError } from '@trpc/server';
import { fetchRequestHandler } from '@trpc/server/adapters/fetch';

const t = initTRPC.create();
const router = t.router({
  list: t.procedure.query(() => ['1', '2']),
  remove: t.procedure.mutation(() => {
    throw new TRPCError({ code: 'FORBIDDEN', message: 'not yours' });
  }),
});

const handle = (req) =>
  fetchRequestHandler({ endpoint: '/api/trpc', req, router, createContext: () => ({}) });

export { handle as GET, handle as POST };
